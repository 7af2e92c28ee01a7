export { AbreastSealer, canSealAbreast } from './sealer.ts';
