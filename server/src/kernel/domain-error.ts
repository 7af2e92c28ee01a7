import { ERRORS, type ErrorCode } from '@nightjar/contract';

/** What domain code throws: a code of the closed table. No path, credential or internal text goes in. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message?: string, details: Record<string, unknown> = {}) {
    super(message ?? ERRORS[code].message);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** INVALID_CONFIGURATION that names the field: `recording.segment_duration`. */
export const invalid = (field: string, message: string): DomainError =>
  new DomainError('INVALID_CONFIGURATION', `${field}: ${message}`, { field });
