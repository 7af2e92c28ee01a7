import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { lendReads, type Take } from './lent-reads.ts';

export interface DoorstepOptions {
  /** Milliseconds that a client may stay without a byte. */
  readonly silence: number;
  /** The certificate shown to who begins TLS; undefined: TLS is not spoken. Asked at each such connection. */
  readonly tls?: (() => SecureContext | undefined) | undefined;
  /** A client that has spoken. */
  readonly enter: (arrival: Arrival) => void;
}

/** A client that has spoken; nothing of it was read yet. */
export interface Arrival {
  readonly socket: Socket;
  /** Inside TLS. */
  readonly secure: boolean;
  /**
   * Hands over all it says, from its first byte on; not before `enter` has returned. Called once. Returns the socket
   * to answer by, and to pause and resume, in place of the one that came.
   */
  listen(take: Take): Socket;
}

/** First byte of a TLS record with a handshake (RFC 8446 5.1); no text protocol begins so, and RTMP with 3. */
const TLS_HANDSHAKE = 0x16;
/** Bytes of the buffer that all connections of a doorstep read into. */
const READ_BYTES = 64 * 1024;

/** Where accepted connections wait for their first byte, which tells TLS from plain on one port. */
export class Doorstep {
  readonly #options: DoorstepOptions;
  readonly #waiting = new Map<Socket, number>();
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);

  constructor(options: DoorstepOptions) {
    this.#options = options;
  }

  /** Connections that have said nothing yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a connection just accepted; `now`: monotonic milliseconds. */
  accept(socket: Socket, now: number): void {
    this.#waiting.set(socket, now);
    // Stays: a reset may come to a socket inside of another one as well.
    socket.on('error', () => void socket.destroy());
    socket.once('close', () => this.#waiting.delete(socket));
    socket.once('data', (chunk: Buffer) => {
      this.#waiting.delete(socket);
      const context = chunk[0] === TLS_HANDSHAKE ? this.#options.tls?.() : undefined;
      if (context) this.#secure(socket, chunk, context);
      else this.#plain(socket, chunk);
    });
  }

  /** Sends away who has been silent for too long. */
  sweep(now: number): void {
    for (const [socket, since] of this.#waiting) {
      if (now - since > this.#options.silence) socket.destroy();
    }
  }

  /** Ends every connection that waits. */
  close(): void {
    for (const socket of this.#waiting.keys()) socket.destroy();
    this.#waiting.clear();
  }

  #secure(inner: Socket, first: Buffer, secureContext: SecureContext): void {
    inner.pause();
    inner.unshift(first);
    const socket = new TLSSocket(inner, { isServer: true, secureContext });
    const listen = (take: Take): Socket => socket.on('data', (chunk: Buffer) => take(chunk, chunk.length));
    this.#options.enter({ socket, secure: true, listen });
  }

  #plain(socket: Socket, first: Buffer): void {
    let told: Take | undefined;
    const listen = (take: Take): Socket => {
      told = take;
      return lendReads(socket, this.#buffer, take);
    };
    this.#options.enter({ socket, secure: false, listen });
    told?.(first, first.length);
  }
}
