export { Probes, TooManyProbesError } from './probes.ts';
