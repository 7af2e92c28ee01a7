import { type LookupAddress, lookup as resolve } from 'node:dns';
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { addressVerdict, hostVerdict, type Surroundings } from '@nightjar/contract/outbound';
import type { Connect } from '@nightjar/media/rtsp';

/** The policy does not let a socket be opened to this target; no packet left. */
export class TargetDeniedError extends Error {
  readonly code = 'EACCES';
}

/**
 * The only door through which the engine opens sockets to cameras. A name is resolved once, every address it
 * has must be allowed, and the connection goes to a checked address.
 */
export function cameraSocket(policy: () => OutboundPolicy, around: Surroundings): Connect {
  return (target, onread): Socket => {
    if (target.secure) throw new TargetDeniedError('RTSP over TLS is not supported yet');
    const verdict = hostVerdict(target.host, target.port, policy(), around);
    if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
    return connect({
      host: verdict.host,
      port: target.port,
      noDelay: true,
      onread,
      lookup: checkedLookup(policy, around),
    });
  };
}

function checkedLookup(policy: () => OutboundPolicy, around: Surroundings): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true, verbatim: true, family: options.family ?? 0 }, (error, addresses) => {
      const problem = error ?? denied(addresses, policy(), around);
      const first = addresses?.[0];
      if (problem || !first) callback(problem ?? new Error('the name has no address'), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
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
