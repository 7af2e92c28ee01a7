import { ERRORS, type ErrorCode } from '@nightjar/contract';
import type { FastifyError, FastifyRequest } from 'fastify';
import { ResponseSerializationError } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { DomainError } from '../domain-error.ts';

/** An error on its way out: what a surface's dialect puts into words. */
export interface Problem {
  code: ErrorCode;
  status: number;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

type Issue = z.core.$ZodIssue;

const fieldOf = (issue: Issue): string =>
  [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.');

/** INVALID_CONFIGURATION of what a schema found; values are never repeated, only names. */
export function invalidByIssues(issues: readonly Issue[], whole: string): DomainError {
  const named = issues.map((issue) => ({ field: fieldOf(issue) || whole, message: issue.message }));
  const first = named[0] ?? { field: whole, message: 'is not valid' };
  return new DomainError('INVALID_CONFIGURATION', `${first.field}: ${first.message}`, {
    field: first.field,
    issues: named,
  });
}

/** What a route's schema found wrong with a part of the request. */
class SchemaMismatch extends Error {
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super('the request does not match its schema');
    this.issues = issues;
  }
}

/** Checks and converts body, query and path by their zod schemas. */
export const validatorCompiler =
  ({ schema }: { schema: z.ZodType }) =>
  (data: unknown): { value: unknown } | { error: Error } => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: new SchemaMismatch(result.error.issues) };
  };

/** Fastify's own refusals by their code; every other 4xx of it is about how the request is written. */
const BY_FASTIFY_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

/** The problem an error is; undefined when it is a fault of the program, which nobody is told more about. */
export function problemOf(error: unknown): Problem | undefined {
  const domain = toDomain(error as FastifyError | SchemaMismatch);
  if (!domain) return undefined;
  return { code: domain.code, status: domain.status, message: domain.message, details: domain.details };
}

function toDomain(error: FastifyError | SchemaMismatch | DomainError): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (error instanceof ResponseSerializationError) return undefined;
  if (error instanceof SchemaMismatch) {
    return invalidByIssues(error.issues, (error as Partial<FastifyError>).validationContext ?? 'body');
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  const code = BY_FASTIFY_CODE[error.code];
  if (code) return new DomainError(code);
  return new DomainError('INVALID_CONFIGURATION', 'body: the request is not well-formed JSON', {
    field: 'body',
  });
}

export const internalProblem: Problem = {
  code: 'INTERNAL_ERROR',
  status: ERRORS.INTERNAL_ERROR.status,
  message: ERRORS.INTERNAL_ERROR.message,
  details: {},
};

/** The path of a request without its query, which may hold a ticket. */
export const pathOf = (request: Pick<FastifyRequest, 'url'>): string => request.url.split('?', 1)[0] ?? '/';
