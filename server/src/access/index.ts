export { Access } from './access.ts';
export { Sessions } from './sessions.ts';
