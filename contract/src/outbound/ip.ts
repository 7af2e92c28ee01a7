import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number, or a block of them: the first `prefix` of 32 or 128 bits count. */
export interface IpBlock {
  family: 4 | 6;
  value: bigint;
  prefix: number;
}

const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

function v4Value(text: string): bigint {
  let value = 0n;
  for (const part of text.split('.')) value = value * 256n + BigInt(part);
  return value;
}

function v6Value(text: string): bigint {
  const dotted = text.lastIndexOf(':') + 1;
  let plain = text;
  if (text.includes('.')) {
    const low = v4Value(text.slice(dotted));
    plain = `${text.slice(0, dotted)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const [head = '', tail] = plain.split('::');
  const words = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const gap = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...gap, ...right].reduce((value, word) => value * 65536n + BigInt(`0x${word}`), 0n);
}

/**
 * A canonical dotted quad or an RFC 4291 IPv6 text as a block of one address; undefined for everything
 * else (`127.1`, octal, hexadecimal and decimal hosts, zones such as `fe80::1%eth0`).
 */
export function parseIp(text: string): IpBlock | undefined {
  if (isIPv4(text) && !/(^|\.)0\d/.test(text)) return { family: 4, value: v4Value(text), prefix: 32 };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: v6Value(text), prefix: 128 };
  return undefined;
}

/** `10.0.0.0/8`, `fd00::/8` or a single address; undefined when malformed. IPv4-mapped blocks become IPv4. */
export function parseCidr(text: string): IpBlock | undefined {
  const [address = '', length, extra] = text.trim().split('/');
  const block = parseIp(address);
  if (!block || extra !== undefined) return undefined;
  if (length === undefined) return block;
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > block.prefix) return undefined;
  const prefix = Number(length);
  const mapped = block.family === 6 && prefix >= 96 && block.value >> 32n === 0xffffn;
  if (mapped) return { family: 4, value: block.value & 0xffff_ffffn, prefix: prefix - 96 };
  return { ...block, prefix };
}

/** Whether every address of `inner` lies in `outer`. */
export function contains(outer: IpBlock, inner: IpBlock): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const shift = BigInt(bitsOf(outer.family) - outer.prefix);
  return outer.value >> shift === inner.value >> shift;
}

const v4In = (value: bigint, low: number): IpBlock => ({
  family: 4,
  value: (value >> BigInt(low)) & 0xffff_ffffn,
  prefix: 32,
});

const NAT64 = v6Value('64:ff9b::') >> 32n;

/**
 * The IPv4 address that an IPv6 address stands for: mapped (RFC 4291 §2.5.5.2), compatible (§2.5.5.1),
 * NAT64 (RFC 6052 §2.1), 6to4 (RFC 3056), ISATAP (RFC 5214 §6.1). Anything else comes back as it is.
 */
export function unwrap(ip: IpBlock): IpBlock {
  if (ip.family === 4) return ip;
  const high = ip.value >> 32n;
  if (high === 0xffffn || high === NAT64) return v4In(ip.value, 0);
  if (high === 0n && ip.value > 1n) return v4In(ip.value, 0);
  if (ip.value >> 112n === 0x2002n) return v4In(ip.value, 80);
  const interfaceHigh = high & 0xffff_ffffn;
  if (interfaceHigh === 0x5efen || interfaceHigh === 0x0200_5efen) return v4In(ip.value, 0);
  return ip;
}
