export { joined } from './memory-footage.ts';
export { Prerolls } from './prerolls.ts';
