export { EXPORT, Exports } from './exports.ts';
export { Signer } from './manifest.ts';
export { verifyExport } from './verify-export.ts';
