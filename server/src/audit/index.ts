export { Audit, type AuditQuery, type Verification } from './audit.ts';
export type { AuditEntry, NewEntry } from './entry.ts';
