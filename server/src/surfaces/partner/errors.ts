import { PartnerError } from '@nightjar/contract/partner';
import { z } from 'zod';
import type { Problem } from '../../kernel/index.ts';

const Issues = z.array(z.object({ field: z.string(), message: z.string() }));

/** S4 says 422 for a request that does not fit its shape, and lists the fields. */
export function partnerError({ message, details }: Problem): PartnerError {
  const issues = Issues.safeParse(details['issues']);
  if (!issues.success) return { detail: message };
  return {
    detail: issues.data.map((issue) => ({
      loc: ['body', ...issue.field.split('.').filter((part) => part !== 'body')],
      msg: issue.message,
      type: 'value_error',
    })),
  };
}

/** S4's status of an error. */
export const partnerStatus = ({ status, details }: Problem): number =>
  status === 400 && details['issues'] !== undefined ? 422 : status;

/** The errors of every route, for the interface description. */
export const errorAnswers = { '4xx': PartnerError, '5xx': PartnerError };
