export { Access } from './access.ts';
