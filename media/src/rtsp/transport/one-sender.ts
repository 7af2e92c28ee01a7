import type { Socket } from 'node:dgram';
import { readvSync } from 'node:fs';

/** Takes a datagram, the first `length` bytes of a buffer that is lent for the call. False: no more are taken. */
export type TakeDatagram = (buffer: Buffer, length: number) => boolean;

/** What Node keeps of a socket's descriptor, by names that its documentation does not promise. */
interface Held {
  readonly _handle?: { readonly fd?: number } | null;
}

/** No datagram is longer (65,507 bytes over IPv4). All sockets of the thread are read into it in turn. */
const lent = Buffer.allocUnsafeSlow(65_536);
const LIST = [lent];
/** Read at once from one socket: a flood of one camera must not keep the others waiting. */
const MOST = 512;
/** Events that Node makes at once of one socket's datagrams, however many wait (libuv, `uv__udp_recvmsg`). */
const EVENTS_AT_ONCE = 32;

/**
 * The datagrams of one sender. The first of each round comes as an event of the socket, and those that wait behind it
 * are read here from its descriptor into one buffer: an event costs a buffer, an object with the address in words and
 * four times the time (docs/design/pace.md). As `read` does not tell whose bytes they are, the socket is connected
 * first, so that the system keeps those of others out, and what lay in it by then is left to events.
 */
export class OneSender {
  readonly #socket: Socket;
  readonly #take: TakeDatagram;
  #state: 'anyone' | 'connecting' | 'connected' | 'alone' = 'anyone';
  #fd = -1;
  /** Events in the present turn of the loop. */
  #turn = 0;
  #mayWait = 0;

  /** A bound socket. `take` must not throw. */
  constructor(socket: Socket, take: TakeDatagram) {
    this.#socket = socket;
    this.#take = take;
  }

  /** The socket takes no address to send to, and datagrams of nobody else come. */
  get connected(): boolean {
    return this.#state === 'connected' || this.#state === 'alone';
  }

  /** Datagrams behind which others may have been left waiting; rises only. */
  get mayWait(): number {
    return this.#mayWait;
  }

  /** From now on it is this one. Where the system refuses, or tells no descriptor, events go on as before. */
  only(port: number, address: string): void {
    if (this.#state !== 'anyone') return;
    this.#state = 'connecting';
    this.#socket.connect(port, address, ((error?: Error | null) => {
      if (error) return;
      this.#fd = descriptorOf(this.#socket);
      this.#state = 'connected';
    }) as () => void);
  }

  /** To be called after each datagram that came as an event. */
  behind(): void {
    if (this.#state === 'alone') {
      if (!this.#takeWaiting()) this.#mayWait += MOST;
      return;
    }
    this.#mayWait++;
    if (this.#state !== 'connected' || this.#fd < 0) return;
    if (this.#turn++ === 0) setImmediate(() => this.#turnOver());
  }

  /** An error of the socket. True when it is about something that was sent (ICMP), as connected sockets are told. */
  failed(): boolean {
    this.#turn += EVENTS_AT_ONCE;
    return this.connected;
  }

  /** Fewer events than are made at once: the socket was empty after it was connected. */
  #turnOver(): void {
    if (this.#turn < EVENTS_AT_ONCE) this.#state = 'alone';
    this.#turn = 0;
  }

  /** Whether none waits any more. */
  #takeWaiting(): boolean {
    for (let count = 0; count < MOST; count++) {
      const length = nextLength(this.#fd);
      if (length < 0) return length === NONE;
      if (!this.#take(lent, length)) return true;
    }
    return false;
  }
}

const NONE = -1;
const FAILED = -2;

/** Never blocks: sockets of the event loop do not. */
function nextLength(fd: number): number {
  const { stackTraceLimit } = Error;
  // A stack costs as much as reading four datagrams, and an empty socket is told by an error.
  Error.stackTraceLimit = 0;
  try {
    // A list of one passes fewer checks than the one buffer.
    return readvSync(fd, LIST);
  } catch (error) {
    // The others are about something that was sent; the packets that stay away are missed by who waits for them.
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? NONE : FAILED;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** -1 where it has none by that name. */
function descriptorOf(socket: Socket): number {
  const held: Socket & Held = socket;
  const noDeprecation = process.noDeprecation ?? false;
  // Node would warn of the name in the log (DEP0112).
  process.noDeprecation = true;
  const fd = held._handle?.fd ?? -1;
  process.noDeprecation = noDeprecation;
  return fd;
}
