import { connect, type Socket } from 'node:net';
import {
  linkAuthorization,
  RELAY_PATH,
  RELAY_PROTOCOL,
  RelayBegun,
  RelayError,
  type RelayOpen,
  RelayReader,
  RelayRefusal,
  readMedia,
  relayFrame,
  relayJson,
  TO_ENGINE,
  TO_SERVER,
  takenFrame,
} from '@nightjar/contract/link';
import type { Clock, Log } from '../../kernel/index.ts';
import { refusalIn, unreachable } from '../refusal.ts';
import { type ClientWire, Relayed } from './relayed.ts';

export interface RelayLineOptions {
  /** Unix socket of the engine's door. */
  socketPath: string;
  /** Shared with the engine. */
  key: Buffer;
  clock: Clock;
  log: Log;
}

/** What the engine began to answer. */
export interface RelayedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Gives media to a client whose head was written, until either is gone. */
  pourInto(wire: ClientWire): void;
  /** Something that the client said. */
  say(bytes: Buffer): void;
  /** The client has gone. Idempotent. */
  leave(): void;
}

/** Milliseconds between two tellings of what clients took. */
const TELL_MS = 100;
/** Milliseconds a client has to take the rest once its answer has ended. */
const ENDING_MS = 10_000;
const READ_BYTES = 64 * 1024;
const HEAD_END = '\r\n\r\n';
const MAX_HEAD = 4096;

/**
 * The server's end of the relay: opened by the first viewer, and again by the first after the engine went away. The
 * engine keeps the rule for slow readers, by what is told it of each client.
 */
export class RelayLine {
  readonly #options: RelayLineOptions;
  #call: Call | undefined;

  constructor(options: RelayLineOptions) {
    this.#options = options;
  }

  /**
   * Asks the engine for media. Rejects with a DomainError when it refuses, when nothing begins within `timeoutMs`,
   * when `signal` aborts and when there is no engine.
   */
  async open(
    asked: RelayOpen,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<RelayedAnswer> {
    if (!this.#call || this.#call.over) this.#call = new Call(this.#options);
    const call = this.#call;
    const { viewer, relayed } = call.open(asked);
    const fail = (error: Error): void => {
      relayed.fail(error);
      call.leave(viewer);
    };
    const cancel = this.#options.clock.after(timeoutMs, () =>
      fail(unreachable(new Error('the engine was too slow'))),
    );
    const abort = (): void => fail(unreachable(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const { headers } = await relayed.begun;
      return {
        headers,
        pourInto: (wire) => relayed.pourInto(wire),
        say: (bytes) => call.say(viewer, bytes),
        leave: () => call.leave(viewer),
      };
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#call?.close();
  }
}

/** One connection to the engine; it is never used twice. */
class Call {
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #viewers = new Map<number, Relayed>();
  readonly #stopTelling: () => void;
  readonly #reader = new RelayReader((kind, payload) => this.#take(kind, payload));
  #head: string | undefined = '';
  #opened = 0;
  #why: Error | undefined;

  constructor({ socketPath, key, clock, log }: RelayLineOptions) {
    this.#clock = clock;
    this.#socket = connect({
      path: socketPath,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    const lines = [
      `GET ${RELAY_PATH} HTTP/1.1`,
      'Host: engine',
      'Connection: Upgrade',
      `Upgrade: ${RELAY_PROTOCOL}`,
      `Authorization: ${linkAuthorization(key)}`,
    ];
    this.#socket.write(`${lines.join('\r\n')}${HEAD_END}`);
    // The end of a socket is only told to who reads it.
    this.#socket.resume();
    this.#stopTelling = clock.every(TELL_MS, () => this.#tell());
    this.#socket.on('error', (error) => {
      this.#why = error;
      log.debug({ err: error }, 'the relay to the engine failed');
    });
    this.#socket.once('close', () => {
      this.#stopTelling();
      const why = unreachable(this.#why);
      for (const relayed of this.#viewers.values()) relayed.fail(why);
      this.#viewers.clear();
    });
  }

  get over(): boolean {
    return this.#socket.destroyed;
  }

  open(asked: RelayOpen): { viewer: number; relayed: Relayed } {
    const viewer = ++this.#opened;
    const relayed = new Relayed();
    this.#viewers.set(viewer, relayed);
    this.#socket.write(relayJson(TO_ENGINE.open, viewer, asked));
    return { viewer, relayed };
  }

  say(viewer: number, bytes: Buffer): void {
    if (this.#viewers.has(viewer)) this.#socket.write(relayFrame(TO_ENGINE.said, viewer, bytes));
  }

  leave(viewer: number): void {
    if (this.#viewers.delete(viewer) && !this.over) this.#socket.write(relayFrame(TO_ENGINE.left, viewer));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    try {
      if (this.#head === undefined) this.#reader.read(bytes);
      else this.#readHead(bytes);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  #readHead(bytes: Buffer): void {
    this.#head += bytes.toString('latin1');
    const head = this.#head ?? '';
    const end = head.indexOf(HEAD_END);
    if (end < 0 && head.length < MAX_HEAD) return;
    if (!head.startsWith('HTTP/1.1 101 ')) throw new RelayError('the engine refuses the relay');
    this.#head = undefined;
    const rest = Buffer.from(head.slice(end + HEAD_END.length), 'latin1');
    if (rest.length > 0) this.#reader.read(rest);
  }

  #take(kind: number, payload: Buffer): void {
    if (kind === TO_SERVER.media) {
      readMedia(payload, (viewer, bytes) => this.#viewers.get(viewer)?.give(bytes));
      return;
    }
    if (payload.length < 4) throw new RelayError('a frame about nobody');
    const viewer = payload.readUInt32BE(0);
    const relayed = this.#viewers.get(viewer);
    const json = (): unknown => JSON.parse(payload.toString('utf8', 4));
    if (kind === TO_SERVER.begun) relayed?.begin(RelayBegun.parse(json()));
    else if (kind === TO_SERVER.refused) {
      this.#viewers.delete(viewer);
      const { status } = RelayRefusal.parse(json());
      relayed?.fail(refusalIn(status, payload.toString('utf8', 4)));
    } else if (kind === TO_SERVER.end) this.#end(relayed);
    else if (kind === TO_SERVER.cut) {
      this.#viewers.delete(viewer);
      relayed?.cut();
    } else throw new RelayError(`a frame of kind ${kind}`);
  }

  #end(relayed: Relayed | undefined): void {
    relayed?.end();
    if (relayed) this.#clock.after(ENDING_MS, () => relayed.cut());
  }

  #tell(): void {
    const rows = [...this.#viewers].flatMap(([viewer, relayed]) => {
      const taken = relayed.taken();
      return taken ? [{ viewer, ...taken }] : [];
    });
    if (rows.length > 0) this.#socket.write(takenFrame(rows));
  }
}
