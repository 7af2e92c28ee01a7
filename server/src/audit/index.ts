export { Audit } from './audit.ts';
export type { AuditEntry } from './entry.ts';
