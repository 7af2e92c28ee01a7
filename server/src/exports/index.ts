export { EXPORT, Exports } from './exports.ts';
export { fingerprintOf, Signer } from './manifest.ts';
export { type Finding, verifyExport } from './verify-export.ts';
