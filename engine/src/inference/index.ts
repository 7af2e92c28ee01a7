export { Inference } from './inference.ts';
