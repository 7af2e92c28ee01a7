import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** IPv4 as a socket of both families shows it. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}

/**
 * Whose address a request comes from, as the HTTP application itself sees it: each trusted proxy is believed in what
 * it says of who came to it, from the nearest on. For what is upgraded, which never gets there.
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trusted = listOf(trustedProxies);
  return ({ headers, socket }) => {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    let address = (socket.remoteAddress ?? '').replace(MAPPED, '');
    for (const before of forwarded.toReversed().map((text) => text.trim().replace(MAPPED, ''))) {
      if (isIP(address) === 0 || !trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) break;
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** What is counted as one: whoever has an IPv6 address has at least 2^64 of them (RFC 6177). */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = address.includes('::') ? Array(8 - left.length - right.length).fill('0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
