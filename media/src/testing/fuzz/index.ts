export { FUZZ_INPUTS, FUZZ_LIMIT_MS, type FuzzOptions, type FuzzReport, fuzz } from './fuzz.ts';
