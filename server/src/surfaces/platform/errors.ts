import { STATUS_CODES } from 'node:http';
import { PlatformError } from '@nightjar/contract/platform';
import { z } from 'zod';
import type { Problem } from '../../kernel/index.ts';

const Issues = z.array(z.object({ field: z.string(), message: z.string() }));

/** S3's dialect of an error: on validation, one line for each field. */
export function platformError({ status, message, details }: Problem): PlatformError {
  const issues = Issues.safeParse(details['issues']);
  const lines = issues.success ? issues.data.map((issue) => `${issue.field}: ${issue.message}`) : [];
  return {
    statusCode: status,
    error: STATUS_CODES[status] ?? 'Error',
    message: lines.length > 0 ? lines : message,
  };
}

/** The errors of every route, for the interface description. */
export const errorAnswers = { '4xx': PlatformError, '5xx': PlatformError };
