export { DistantFootage } from './distant-footage.ts';
export { StoreError } from './range-reader.ts';
