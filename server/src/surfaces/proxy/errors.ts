import { z } from 'zod';
import type { Problem } from '../../kernel/index.ts';

/** S1's body of an error. */
export const ProxyError = z.object({ code: z.string(), message: z.string() }).meta({
  examples: [{ code: 'too_many_requests', message: 'Too many requests' }],
});
export type ProxyError = z.infer<typeof ProxyError>;

/** S1 knows few words; whatever else goes wrong is its `internal_error`. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  429: 'too_many_requests',
};

/** S1's dialect of an error. */
export const proxyError = (problem: Problem): ProxyError => ({
  code: WORDS[proxyStatus(problem)] ?? 'internal_error',
  message: problem.message,
});

/** S1's status of an error: 500 for everything that is nobody's mistake in the request. */
export const proxyStatus = ({ status }: Problem): number => (WORDS[status] ? status : 500);

/** The errors of the route, for the interface description. */
export const errorAnswers = { '4xx': ProxyError, '5xx': ProxyError };
