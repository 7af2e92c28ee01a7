import { type LookupAddress, lookup } from 'node:dns';
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { addressVerdict, hostVerdict, type Surroundings } from '@nightjar/contract/outbound';
import type { Connect } from '@nightjar/media/rtsp';

/** The policy does not let a socket be opened to this target; no packet left. */
export class TargetDeniedError extends Error {
  override readonly name = 'TargetDeniedError';
}

/** All addresses of a name, as `dns.lookup` with `all`. */
export type ResolveName = (
  name: string,
  options: { all: true; verbatim: true; family: number | 'IPv4' | 'IPv6' },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * The only door through which the engine opens sockets to cameras. A name is resolved once, every address it
 * has must be allowed, and the connection goes to a checked address.
 */
export function cameraSocket(
  policy: () => OutboundPolicy,
  around: Surroundings,
  resolve: ResolveName = lookup,
): Connect {
  return (target, onread): Socket => {
    if (target.secure) throw new TargetDeniedError('RTSP over TLS is not supported yet');
    const verdict = hostVerdict(target.host, target.port, policy(), around);
    if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
    return connect({
      host: verdict.host,
      port: target.port,
      noDelay: true,
      onread,
      lookup: checkedLookup(policy, around, resolve),
    });
  };
}

function checkedLookup(
  policy: () => OutboundPolicy,
  around: Surroundings,
  resolve: ResolveName,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true, verbatim: true, family: options.family ?? 0 }, (error, addresses) => {
      const problem = error ?? denied(addresses, policy(), around);
      const first = addresses?.[0];
      if (problem || !first) callback(problem ?? noAddress(), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function noAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
}

function denied(
  addresses: readonly LookupAddress[],
  policy: OutboundPolicy,
  around: Surroundings,
): TargetDeniedError | undefined {
  for (const { address } of addresses) {
    const verdict = addressVerdict(address, policy, around);
    if (!verdict.allowed) return new TargetDeniedError(verdict.message);
  }
  return undefined;
}
