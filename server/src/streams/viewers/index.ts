export { Viewers } from './viewers.ts';
