import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Bytes of a socket's receive buffer that are asked for; the system may grant less. */
const RECEIVE_BUFFER = 1024 * 1024;
const ATTEMPTS = 20;

/** Two bound UDP sockets: RTP on an even port, RTCP on the next one (RFC 3550 11). */
export interface PortPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly ports: readonly [rtp: number, rtcp: number];
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Binds a pair on `address`, on `port` and the one above or wherever there is room. `create` makes an unbound socket, or throws.
 * @throws what `create` threw, or the system's error when no pair could be had.
 */
export async function openPortPair(create: () => Socket, address: string, port = 0): Promise<PortPair> {
  if (port !== 0) return fixedPair(create, address, port);
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = await bound(create(), 0, address);
    const got = first.address().port;
    const other = got % 2 === 0 ? got + 1 : got - 1;
    try {
      const second = await bound(create(), other, address);
      return got % 2 === 0 ? pair(first, second) : pair(second, first);
    } catch (error) {
      last = error;
      await closed(first);
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') break;
    }
  }
  throw last;
}

/** An address as both socket modules may write it: IPv4 in an IPv6 socket loses its prefix. */
export function plainAddress(address: string): string {
  if (!address.startsWith('::')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped ? mapped[1]! : address;
}

export function familyOf(address: string): 'udp4' | 'udp6' {
  return isIPv6(address) ? 'udp6' : 'udp4';
}

async function fixedPair(create: () => Socket, address: string, port: number): Promise<PortPair> {
  const rtp = await bound(create(), port, address);
  try {
    return pair(rtp, await bound(create(), port + 1, address));
  } catch (error) {
    await closed(rtp);
    throw error;
  }
}

function pair(rtp: Socket, rtcp: Socket): PortPair {
  let closing: Promise<void> | undefined;
  return {
    rtp,
    rtcp,
    ports: [rtp.address().port, rtcp.address().port],
    close: () => {
      closing ??= Promise.all([closed(rtp), closed(rtcp)]).then(() => undefined);
      return closing;
    },
  };
}

function bound(socket: Socket, port: number, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', failed);
      socket.setRecvBufferSize(RECEIVE_BUFFER);
      resolve(socket);
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
