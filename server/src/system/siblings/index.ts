export { openSiblings, type Siblings } from './siblings.ts';
