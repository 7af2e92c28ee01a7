export { type RelayedAnswer, RelayLine } from './relay-line.ts';
