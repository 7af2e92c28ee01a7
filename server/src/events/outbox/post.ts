import type { Clock, ServiceAnswer, ServiceHttp } from '../../kernel/index.ts';
import { NeverError } from './outbox.ts';
import { signatureOf } from './signature.ts';

/** What an HTTP service answered, or what is thrown for it: most of 4xx says the same the next time. */
export function accepted({ status, body }: ServiceAnswer): string {
  if (status >= 200 && status < 300) return `HTTP ${status}`;
  const said = `HTTP ${status} ${body.replaceAll(/\s+/g, ' ').slice(0, 100)}`.trim();
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  throw again ? new Error(said) : new NeverError(said);
}

/** A call to a webhook: JSON, signed with a secret that both sides know. */
interface SignedCall {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
  /** Said in a header too, for who tells calls apart before reading them. */
  readonly event: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with what the other side said. Throws ServiceError. */
export function postSigned(
  { url, secret, body, event, headers }: SignedCall,
  { http, clock }: { http: ServiceHttp; clock: Clock },
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const ours = {
    'content-type': 'application/json',
    'user-agent': 'nightjar',
    'x-nightjar-event': event,
    'x-nightjar-signature': signatureOf(secret, body, Math.floor(clock.utc() / 1000)),
  };
  return http({ method: 'POST', url, headers: { ...headers, ...ours }, body, signal });
}
