export { DistantFootage } from './distant-footage.ts';
export { StoreError, type StoreGuard } from './range-reader.ts';
