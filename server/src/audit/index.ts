export { Audit } from './audit.ts';
export { type AuditEntry, outcomeOf } from './entry.ts';
