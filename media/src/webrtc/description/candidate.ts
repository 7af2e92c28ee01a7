import { isIP } from 'node:net';

/** A way to reach us: an address that viewers can connect to, and the port there. */
export interface HostCandidate {
  readonly protocol: 'udp' | 'tcp';
  /** IPv4, IPv6 or a host name. */
  readonly address: string;
  readonly port: number;
  readonly foundation: string;
  /** RFC 8445 5.1.2: host candidates, UDP before TCP, in the order of the addresses. */
  readonly priority: number;
}

const HOST_PREFERENCE = 126;

/** Candidates for every address over UDP, then over TCP (RFC 6544, passive). Addresses by preference. */
export function hostCandidates(
  addresses: readonly string[],
  ports: { readonly udp: number; readonly tcp: number },
): HostCandidate[] {
  const list = addresses.slice(0, 32);
  const one = (protocol: 'udp' | 'tcp', address: string, index: number): HostCandidate => {
    const local = (protocol === 'udp' ? 0xffff : 0x7fff) - index * 16 - (isIP(address) === 6 ? 1 : 0);
    const priority = HOST_PREFERENCE * 2 ** 24 + local * 2 ** 8 + 255;
    return { protocol, address, port: ports[protocol], foundation: `${protocol}${index}`, priority };
  };
  return [
    ...list.map((address, index) => one('udp', address, index)),
    ...list.map((address, index) => one('tcp', address, index)),
  ];
}

/** The value of `a=candidate` (RFC 8839 5.1, RFC 6544 4.5). */
export function formatCandidate(candidate: HostCandidate): string {
  const { foundation, protocol, priority, address, port } = candidate;
  const type = protocol === 'tcp' ? ' tcptype passive' : '';
  return `candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ host${type}`;
}
