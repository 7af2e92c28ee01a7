import { isIPv4, isIPv6 } from 'node:net';
import { MalformedError } from '../../bytes/index.ts';
import { MAGIC_COOKIE } from './message.ts';

/** A transport address as Node tells it. */
export interface IpEndpoint {
  /** IPv4 in dotted form or IPv6; a zone is allowed and left out on the wire. */
  readonly address: string;
  readonly port: number;
}

const FAMILY = { 4: 1, 6: 2 };

/** Value of XOR-MAPPED-ADDRESS (RFC 8489 14.2). */
export function writeXorAddress({ address, port }: IpEndpoint, transaction: Buffer): Buffer {
  const raw = addressBytes(address);
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  transaction.copy(mask, 4, 0, 12);
  const b = Buffer.alloc(4 + raw.length);
  b[1] = raw.length === 4 ? FAMILY[4] : FAMILY[6];
  b.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  for (let i = 0; i < raw.length; i++) b[4 + i] = raw[i]! ^ mask[i]!;
  return b;
}

/** The inverse, for whoever sent the request. Throws MalformedError. */
export function readXorAddress(value: Buffer, transaction: Buffer): IpEndpoint {
  const size = value[1] === FAMILY[4] ? 4 : value[1] === FAMILY[6] ? 16 : -1;
  if (value.length !== 4 + size) throw new MalformedError('XOR-MAPPED-ADDRESS of odd size or family', 0);
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  transaction.copy(mask, 4, 0, 12);
  const raw = Buffer.alloc(size);
  for (let i = 0; i < size; i++) raw[i] = value[4 + i]! ^ mask[i]!;
  return { address: addressText(raw), port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

/** Bytes of an address; IPv4 inside IPv6 (`::ffff:1.2.3.4`) is IPv4. */
function addressBytes(address: string): Buffer {
  const plain = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  if (isIPv4(mapped)) return Buffer.from(mapped.split('.').map(Number));
  if (!isIPv6(plain)) throw new MalformedError(`not an IP address: ${address}`, 0);
  const [head = '', tail] = plain.split('::');
  const front = groups(head);
  const back = groups(tail ?? '');
  const b = Buffer.alloc(16);
  for (const [i, group] of front.entries()) b.writeUInt16BE(group, i * 2);
  for (const [i, group] of back.entries()) b.writeUInt16BE(group, 16 - (back.length - i) * 2);
  return b;
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a, b, c, d] = group.split('.').map(Number);
    return [a! * 256 + b!, c! * 256 + d!];
  });
}

function addressText(raw: Buffer): string {
  if (raw.length === 4) return raw.join('.');
  return Array.from({ length: 8 }, (_, i) => raw.readUInt16BE(i * 2).toString(16)).join(':');
}
