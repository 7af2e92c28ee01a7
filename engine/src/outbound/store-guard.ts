import { lookup } from 'node:dns';
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
  return {
    check({ hostname, protocol }: URL): void {
      const literal = hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal)) judge(literal, protocol === 'https:');
    },
    lookup:
      (secure: boolean): LookupFunction =>
      (hostname, options, callback) => {
        resolve(hostname, { all: true, verbatim: true, family: options.family ?? 0 }, (error, addresses) => {
          try {
            if (error) throw error;
            for (const { address } of addresses) judge(address, secure);
            const first = addresses[0];
            if (!first) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
            if (options.all) callback(null, addresses);
            else callback(null, first.address, first.family);
          } catch (problem) {
            callback(problem as Error, '', 0);
          }
        });
      },
  };
}
