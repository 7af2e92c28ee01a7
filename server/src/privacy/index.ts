export { type Blurred, Privacy } from './privacy.ts';
