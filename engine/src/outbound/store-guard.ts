import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { type Surroundings, serviceVerdict } from '@nightjar/contract/outbound';
import { type ResolveName, TargetDeniedError } from './camera-socket.ts';

/** Which object stores may be reached: public ones by HTTPS, others when the policy lists them. */
export function storeGuard(
  policy: () => OutboundPolicy,
  around: Surroundings,
  resolve: ResolveName = lookup,
) {
  const judge = (address: string, secure: boolean): void => {
    const verdict = serviceVerdict(address, secure, policy(), around);
    if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
  };
  const refused = (
    addresses: readonly LookupAddress[],
    secure: boolean,
  ): NodeJS.ErrnoException | undefined => {
    try {
      for (const { address } of addresses) judge(address, secure);
      return undefined;
    } catch (problem) {
      return problem as Error;
    }
  };
  return {
    check({ hostname, protocol }: URL): void {
      const literal = hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal)) judge(literal, protocol === 'https:');
    },
    lookup:
      (secure: boolean): LookupFunction =>
      (hostname, options, callback) => {
        resolve(hostname, { all: true, verbatim: true, family: options.family ?? 0 }, (error, addresses) => {
          const problem = error ?? refused(addresses, secure);
          const [first] = addresses ?? [];
          if (problem || !first) callback(problem ?? nowhere(), '', 0);
          else if (options.all) callback(null, addresses);
          else callback(null, first.address, first.family);
        });
      },
  };
}

function nowhere(): Error {
  return Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
}
