import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

export interface DoorstepOptions {
  /** Milliseconds that a client may stay without a byte. */
  readonly silence: number;
  /** The certificate shown to who begins TLS; undefined: TLS is not spoken. Asked at each such connection. */
  readonly tls?: (() => SecureContext | undefined) | undefined;
  /** A client that has spoken; what it said is still to be read. `secure`: inside TLS. */
  readonly enter: (socket: Socket, secure: boolean) => void;
}

/** First byte of a TLS record with a handshake (RFC 8446 5.1); no text protocol begins so, and RTMP with 3. */
const TLS_HANDSHAKE = 0x16;

/** Where accepted connections wait for their first byte, which tells TLS from plain on one port. */
export class Doorstep {
  readonly #options: DoorstepOptions;
  readonly #waiting = new Map<Socket, number>();

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
    const failed = (): void => void socket.destroy();
    socket.on('error', failed);
    socket.once('close', () => this.#waiting.delete(socket));
    socket.once('data', (chunk: Buffer) => {
      this.#waiting.delete(socket);
      const context = chunk[0] === TLS_HANDSHAKE ? this.#options.tls?.() : undefined;
      socket.pause();
      socket.unshift(chunk);
      if (context) {
        // The inner socket keeps its error handler: a reset may come to either.
        this.#options.enter(new TLSSocket(socket, { isServer: true, secureContext: context }), true);
        return;
      }
      socket.off('error', failed);
      this.#options.enter(socket, false);
      socket.resume();
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
  }
}
