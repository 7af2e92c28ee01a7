export { mayShowKept } from './kept-pictures.ts';
export { type Blurred, Privacy } from './privacy.ts';
