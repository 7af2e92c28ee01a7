import { createSocket } from 'node:dgram';
import { type LookupAddress, lookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, DEFAULT_CIPHERS } from 'node:tls';
import type { OutboundPolicy } from '@nightjar/contract/link';
import {
  type AddressVerdict,
  addressVerdict,
  hostVerdict,
  type Surroundings,
  serviceVerdict,
} from '@nightjar/contract/outbound';
import type { Connect, OnRead, OpenUdp, RtspTarget } from '@nightjar/media/rtsp';

/** On which cameras answer HTTP, and servers RTMPS, besides what is open to all protocols. */
const WEB_PORTS = [80, 443];

/**
 * Cameras live longer than versions of TLS: some know none above 1.0, or have keys of 1,024 bits (quirk 15). A new one
 * is spoken by whoever knows it, and the certificate is pinned either way.
 */
const OLD_CAMERAS = { minVersion: 'TLSv1', ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` } as const;

const webPorts = (rules: OutboundPolicy): OutboundPolicy => ({
  ...rules,
  ports: [...rules.ports, ...WEB_PORTS],
});

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

/** The sockets by which cameras are reached. Each throws, or fails with, TargetDeniedError. */
export interface CameraSockets {
  /**
   * TLS where the target is secure: nobody vouches for cameras' certificates, so whoever connects looks at the one
   * it gets before it says anything.
   */
  readonly connect: Connect;
  /** The same for HTTP, on its usual ports as well: bytes come as data events. */
  readonly http: (target: RtspTarget) => Socket;
  /** An unbound socket for datagrams from and to the one address. */
  readonly openUdp: OpenUdp;
}

/**
 * The only door through which the engine opens sockets to cameras. A name is resolved once, every address it
 * has must be allowed, and the connection goes to a checked address.
 */
export function cameraSockets(
  policy: () => OutboundPolicy,
  around: Surroundings,
  resolve: ResolveName = lookup,
): CameraSockets {
  const open = (target: RtspTarget, rules: OutboundPolicy, onread?: OnRead): Socket => {
    const verdict = hostVerdict(target.host, target.port, rules, around);
    if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
    const judge = (ip: string): AddressVerdict => addressVerdict(ip, policy(), around);
    return dial(
      target,
      { host: verdict.host, port: target.port, lookup: checkedLookup(judge, resolve), ...OLD_CAMERAS },
      onread,
    );
  };
  return {
    connect: (target, onread) => open(target, target.secure ? webPorts(policy()) : policy(), onread),
    http: (target) => open(target, webPorts(policy())),
    openUdp({ host, family }) {
      const verdict = addressVerdict(host, policy(), around);
      if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
      return createSocket(family);
    },
  };
}

/**
 * Sockets to servers outside that streams are sent on to: public ones inside TLS, others when the policy lists them.
 * The policy is asked for each address, as for cameras.
 */
export function pushSockets(
  policy: () => OutboundPolicy,
  around: Surroundings,
  resolve: ResolveName = lookup,
): Connect {
  return (target, onread) => {
    const judge = (ip: string): AddressVerdict => serviceVerdict(ip, target.secure, policy(), around);
    const verdict = hostVerdict(target.host, target.port, webPorts(policy()), around, judge);
    if (!verdict.allowed) throw new TargetDeniedError(verdict.message);
    return dial(
      target,
      { host: verdict.host, port: target.port, lookup: checkedLookup(judge, resolve) },
      onread,
    );
  };
}

const dial = (target: RtspTarget, to: Destination, onread?: OnRead): Socket =>
  target.secure ? openTls(target, to) : openTcp(onread, to);

interface Destination extends Pick<ConnectionOptions, 'minVersion' | 'ciphers'> {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction;
}

function openTcp(onread: OnRead | undefined, to: Destination): Socket {
  return connect({ ...to, noDelay: true, ...(onread ? { onread } : {}) });
}

function openTls({ host }: RtspTarget, to: Destination): Socket {
  // An address is no server name (RFC 6066 3).
  const servername = isIP(host) ? '' : host;
  return connectTls({ ...to, servername, rejectUnauthorized: false });
}

function checkedLookup(judge: (ip: string) => AddressVerdict, resolve: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true, verbatim: true, family: options.family ?? 0 }, (error, addresses) => {
      const problem = error ?? denied(addresses, judge);
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
  judge: (ip: string) => AddressVerdict,
): TargetDeniedError | undefined {
  for (const { address } of addresses) {
    const verdict = judge(address);
    if (!verdict.allowed) return new TargetDeniedError(verdict.message);
  }
  return undefined;
}
