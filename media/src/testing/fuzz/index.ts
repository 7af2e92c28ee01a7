export { FUZZ_INPUTS, FUZZ_LIMIT_MS, type FuzzOptions, type FuzzReport, fuzz, memory } from './fuzz.ts';
