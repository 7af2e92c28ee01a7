export { Audit } from './audit.ts';
export { type AuditEntry, outcomeOf } from './entry.ts';
export { type Verification, verifyChain } from './verify-chain.ts';
