import type { Socket } from 'node:net';
import { MalformedError } from '../../bytes/index.ts';
import type { Clock } from '../../stream/index.ts';
import { type DatagramKind, kindOf } from './datagram-kind.ts';
import { FrameReader } from './framing.ts';
import { readRequest } from './request.ts';
import { TcpPath } from './tcp-path.ts';
import type { Transport } from './transport.ts';

/** Milliseconds for a connection to prove whose it is. */
const PROOF_TIME = 10_000;

/** What a connection needs of the mux. */
export interface ConnectionHost {
  find(ufrag: string): Transport | undefined;
  /** The connection was closed because it belonged to nobody. */
  stray(): void;
}

/** One TCP connection, of nobody until a connectivity check shows whose it is (RFC 6544 4.1). */
export class Connection {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #path: TcpPath;
  readonly #reader = new FrameReader((datagram) => this.#take(datagram));
  readonly #stopProof: () => void;
  #transport: Transport | undefined;

  constructor(socket: Socket, clock: Pick<Clock, 'after'>, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#path = new TcpPath(socket, clock);
    this.#stopProof = clock.after(PROOF_TIME, () => this.drop());
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#stopProof();
      this.#transport?.lose(this.#path);
    });
  }

  /** Whether a peer has shown that it is its connection. */
  get proved(): boolean {
    return this.#transport !== undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Closes a connection that is nobody's. */
  drop(): void {
    this.#host.stray();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.drop();
    }
  }

  #take(datagram: Buffer): void {
    if (this.#socket.destroyed) return;
    const kind = kindOf(datagram);
    if (kind === 'stun') this.#check(datagram);
    else this.#pass(kind, datagram);
  }

  #pass(kind: Exclude<DatagramKind, 'stun'> | undefined, datagram: Buffer): void {
    if (!this.#transport) this.drop();
    else if (kind) this.#transport.receive(kind, datagram, this.#path);
  }

  #check(datagram: Buffer): void {
    const request = readRequest(datagram);
    const transport = this.#transport ?? (request && this.#host.find(request.ufrag));
    const isProof = request && transport?.check(request, this.#path);
    if (this.#transport) return;
    if (isProof) {
      this.#transport = transport;
      this.#stopProof();
    } else this.drop();
  }
}
