import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { type Surroundings, serviceVerdict } from '@nightjar/contract/outbound';

/** Why a service was not reached; the message repeats nothing of its address. */
export class ServiceError extends Error {
  readonly reason: 'denied' | 'unreachable' | 'timeout' | 'too_large';
  constructor(reason: ServiceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface ServiceTargetOptions {
  /** As it is set now. */
  policy: () => OutboundPolicy;
  surroundings: () => Surroundings;
  lookup: (name: string) => Promise<LookupAddress[]>;
}

/** Where services that are no cameras may be: webhooks, mail servers, brokers. */
export interface ServiceTargets {
  /**
   * The address to connect to, every address of the name having been allowed: public ones inside TLS, others when
   * `network.allow` lists them. Throws ServiceError.
   */
  resolve(host: string, secure: boolean): Promise<string>;
}

const NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** Last labels that a resolver may read as a number: `127.1`, `0x7f.1`. */
const NUMERIC_TAIL = /(^|\.)(0x[0-9a-f]*|\d+)$/i;

export function createServiceTargets({ policy, surroundings, lookup }: ServiceTargetOptions): ServiceTargets {
  return {
    async resolve(host, secure) {
      const literal = host.replace(/^\[(.*)\]$/, '$1');
      const found = isIP(literal) === 0 ? await addressesOf(literal, lookup) : [literal];
      for (const address of found) {
        const verdict = serviceVerdict(address, secure, policy(), surroundings());
        if (!verdict.allowed) throw new ServiceError('denied', verdict.message);
      }
      const [first] = found;
      if (first === undefined) throw new ServiceError('unreachable', 'the name does not resolve');
      return first;
    },
  };
}

async function addressesOf(name: string, lookup: ServiceTargetOptions['lookup']): Promise<string[]> {
  if (!NAME.test(name) || NUMERIC_TAIL.test(name)) {
    throw new ServiceError('denied', 'the host must be a DNS name or an IP address in its canonical form');
  }
  if (/(^|\.)localhost$/i.test(name)) return ['127.0.0.1'];
  try {
    return (await lookup(name)).map(({ address }) => address);
  } catch (error) {
    throw new ServiceError('unreachable', 'the name does not resolve', { cause: error });
  }
}
