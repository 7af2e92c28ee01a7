import { ManagerError } from '@nightjar/contract/manager';
import type { Problem } from '../../kernel/index.ts';

/** S2's dialect of an error. */
export const managerError = ({ code, message, details }: Problem): ManagerError => ({
  error: { code, message, details: { ...details } },
});

/** The errors of every route, for the interface description. */
export const errorAnswers = { '4xx': ManagerError, '5xx': ManagerError };
