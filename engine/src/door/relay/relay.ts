import type { Socket } from 'node:net';
import {
  mediaHead,
  RelayError,
  RelayOpen,
  RelayReader,
  readTaken,
  relayFrame,
  relayJson,
  TO_ENGINE,
  TO_SERVER,
} from '@nightjar/contract/link';
import { Bursts } from './bursts.ts';
import { type RelayEnd, RelayedViewer } from './relayed-viewer.ts';

/** Answers a viewer that has come; rejects when it is refused. */
export type Serve = (asked: RelayOpen, viewer: RelayedViewer, begin: Begin) => Promise<void>;
export type Begin = (headers: Readonly<Record<string, string>>) => void;

export interface RelayOptions {
  readonly socket: Socket;
  readonly serve: Serve;
  /** How a refusal is told. */
  readonly words: (error: unknown) => { status: number; message: string };
}

/** Viewers have little to say. */
const MAX_SAID = 128 * 1024;
/** Bytes that a newcomer is given at once: the heads before what it has in common with others. */
const SHORT = 4 * 1024;

/**
 * The engine's end of the relay. Consecutive writes of the same buffer, which is what a fan does, become one frame
 * with all their viewers. What newcomers are given to start with waits behind everybody else's.
 */
export class Relay implements RelayEnd {
  readonly #options: RelayOptions;
  readonly #viewers = new Map<number, RelayedViewer>();
  readonly #bursts: Bursts;
  /** Who is to have `#bytes`. */
  #to: number[] = [];
  #bytes: Buffer | undefined;
  #flushing = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { socket } = options;
    this.#bursts = new Bursts({
      get isFull() {
        return socket.writableNeedDrain;
      },
      send: (viewers, bytes) => this.#send(viewers, bytes),
    });
    socket.on('drain', () => this.#bursts.go());
    const reader = new RelayReader((kind, payload) => this.#take(kind, payload), MAX_SAID);
    socket.on('data', (bytes: Buffer) => {
      try {
        reader.read(bytes);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', () => socket.destroy());
    // HTTP's sockets may be open in one direction alone.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      for (const viewer of [...this.#viewers.values()]) viewer.gone();
    });
  }

  burst(viewer: number, bytes: Buffer): void {
    if (bytes.length > SHORT || this.#bursts.has(viewer)) this.#bursts.add(viewer, bytes);
    else this.media(viewer, bytes);
  }

  media(viewer: number, bytes: Buffer): void {
    if (this.#bursts.has(viewer)) {
      this.#bursts.add(viewer, bytes);
      return;
    }
    if (bytes !== this.#bytes) {
      this.#flush();
      this.#bytes = bytes;
    }
    this.#to.push(viewer);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  end(viewer: number): void {
    const tell = (): void => this.#tell(relayFrame(TO_SERVER.end, viewer));
    if (this.#bursts.has(viewer)) this.#bursts.onceSent(viewer, tell);
    else tell();
  }

  cut(viewer: number): void {
    this.#tell(relayFrame(TO_SERVER.cut, viewer));
  }

  #flush(): void {
    const bytes = this.#bytes;
    if (!bytes) return;
    const to = this.#to;
    this.#to = [];
    this.#bytes = undefined;
    this.#write(to, [bytes]);
  }

  /** Behind what was given before it. */
  #send(viewers: readonly number[], bytes: readonly Buffer[]): void {
    this.#flush();
    this.#write(viewers, bytes);
  }

  #write(viewers: readonly number[], bytes: readonly Buffer[]): void {
    const { socket } = this.#options;
    const length = bytes.reduce((sum, part) => sum + part.length, 0);
    socket.cork();
    socket.write(mediaHead(viewers, length));
    for (const part of bytes) socket.write(part);
    socket.uncork();
  }

  #tell(frame: Buffer): void {
    this.#flush();
    this.#options.socket.write(frame);
  }

  #take(kind: number, payload: Buffer): void {
    if (kind === TO_ENGINE.taken) {
      for (const row of readTaken(payload)) this.#viewers.get(row.viewer)?.took(row);
      return;
    }
    if (payload.length < 4) throw new RelayError('a frame about nobody');
    const id = payload.readUInt32BE(0);
    if (kind === TO_ENGINE.open) this.#open(id, payload.subarray(4));
    else if (kind === TO_ENGINE.said) this.#viewers.get(id)?.emit('data', payload.subarray(4));
    else if (kind === TO_ENGINE.left) this.#viewers.get(id)?.gone();
    else throw new RelayError(`a frame of kind ${kind}`);
  }

  #open(id: number, payload: Buffer): void {
    if (this.#viewers.has(id)) throw new RelayError(`viewer ${id} twice`);
    const asked = RelayOpen.parse(JSON.parse(payload.toString()));
    const viewer = new RelayedViewer(id, this);
    this.#viewers.set(id, viewer);
    viewer.once('close', () => {
      this.#bursts.drop(id);
      this.#viewers.delete(id);
    });
    const begin: Begin = (headers) => this.#tell(relayJson(TO_SERVER.begun, id, { headers }));
    this.#options.serve(asked, viewer, begin).catch((error: unknown) => {
      const words = this.#options.words(error);
      if (viewer.closed) return;
      this.#tell(relayJson(TO_SERVER.refused, id, words));
      viewer.gone();
    });
  }
}
