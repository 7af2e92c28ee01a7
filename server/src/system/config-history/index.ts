export { ConfigHistory } from './config-history.ts';
