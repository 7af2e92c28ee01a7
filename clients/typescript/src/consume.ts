import { type Connection, NightjarError, pause } from './connection.ts';

/** Of `Device` of mediasoup-client, what is needed of it; media are the browser's own. */
export interface ConsumeDevice {
  readonly recvRtpCapabilities?: unknown;
  load(options: { routerRtpCapabilities: never }): Promise<void>;
  createRecvTransport(options: never): ConsumeTransport;
}

interface ConsumeTransport {
  on(event: never, listener: never): unknown;
  /** Without it only the browser says that a connection is dead, after 5 to 30 s. */
  getStats?(): Promise<{ forEach(each: (stat: { type: string; bytesReceived?: number }) => void): void }>;
  consume(options: never): Promise<{ readonly track: unknown }>;
  close(): void;
}

/** The browser's `MediaStream`, as far as it is needed. */
interface Media {
  getTracks(): unknown[];
  addTrack(track: never): void;
  removeTrack(track: never): void;
}

interface Opened {
  consumer_id: string;
  transport: object;
  consumers: object[];
}

/**
 * `connecting`: for the first time or again. `playing`: connected. `refused`: the server will not have it (the
 * error says why); it is over. `closed`: by whoever watched.
 */
export type WatchingState = 'connecting' | 'playing' | 'refused' | 'closed';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Milliseconds in which a connection that broke may mend itself. */
const MEND_MS = 2_000;
const CONNECT_MS = 10_000;
/** Milliseconds between two looks whether anything comes: the server says something every second. */
const LISTEN_MS = 500;
/** Looks in a row that find nothing new: then the path is dead. Counted, for a page that slept looks late. */
const SILENT_LOOKS = 5;
/** Asking again would be answered alike; 404 also comes of a media engine that has just started. */
const FINAL: ReadonlySet<number> = new Set([400, 401, 403, 422]);

/** A stream being watched; its media go on in the same `stream` whenever the connection is made again. */
export class Watching {
  /** For `video.srcObject`. */
  readonly stream: Media;
  /** Called with each change. */
  onstate: ((state: WatchingState, error?: unknown) => void) | undefined;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #device: () => ConsumeDevice;
  readonly #over = new AbortController();
  #state: WatchingState = 'connecting';
  #opened: { transport: ConsumeTransport; path: string } | undefined;
  #tries = 0;

  private constructor(connection: Connection, path: string, device: () => ConsumeDevice) {
    this.#connection = connection;
    this.#path = path;
    this.#device = device;
    this.stream = new (globalThis as unknown as { MediaStream: new () => Media }).MediaStream();
  }

  /** Settles once it is connected for the first time. Rejects with NightjarError when it is refused. */
  static async begin(connection: Connection, id: string, device: () => ConsumeDevice): Promise<Watching> {
    const watching = new Watching(connection, `/v2/streams/${encodeURIComponent(id)}`, device);
    await watching.#open();
    return watching;
  }

  get state(): WatchingState {
    return this.#state;
  }

  /** How often the connection was made. */
  get connections(): number {
    return this.#tries;
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#over.abort();
    const path = this.#leave();
    this.#tell('closed');
    // Gone already, or with the server: nothing is left to detach.
    if (path) await this.#connection.json(path, { method: 'DELETE' }).catch(() => undefined);
  }

  async #open(): Promise<void> {
    const signal = this.#over.signal;
    const device = this.#device();
    const capabilities = await this.#connection.json(`${this.#path}/rtp-capabilities`, { signal });
    await device.load({ routerRtpCapabilities: capabilities as never });
    const opened = await this.#connection.json<Opened>(`${this.#path}/consume`, {
      ...{ method: 'POST', signal },
      body: { rtp_capabilities: device.recvRtpCapabilities },
    });
    const path = `${this.#path}/consumers/${opened.consumer_id}`;
    const transport = device.createRecvTransport(opened.transport as never);
    this.#opened = { transport, path };
    const connected = this.#connects(transport, path);
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track as never);
    for (const options of opened.consumers) {
      const { track } = await transport.consume(options as never);
      this.stream.addTrack(track as never);
    }
    await connected;
    this.#tries++;
    this.#tell('playing');
    void this.#listen(transport);
  }

  /** Until the transport is left, or nothing comes over it any more. */
  async #listen(transport: ConsumeTransport): Promise<void> {
    const { signal } = this.#over;
    const inHand = () => this.#opened?.transport === transport && !signal.aborted;
    let heard = -1;
    for (let silent = 0; silent < SILENT_LOOKS; silent++) {
      await pause(LISTEN_MS, signal);
      if (!inHand()) return;
      const bytes = await received(transport);
      if (bytes === undefined) return;
      if (bytes > heard) silent = -1;
      heard = Math.max(heard, bytes);
    }
    if (inHand()) this.#broke(transport);
  }

  /** Settles when the transport is connected for the first time; later breaks lead to another one. */
  #connects(transport: ConsumeTransport, path: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('no connection came about in time')), CONNECT_MS);
    transport.on(
      'connect' as never,
      ((given: { dtlsParameters: unknown }, done: () => void, failed: (e: Error) => void) => {
        const body = { dtls_parameters: given.dtlsParameters };
        this.#connection.json(`${path}/connect`, { method: 'POST', body }).then(done, (error: Error) => {
          failed(error);
          reject(error);
        });
      }) as never,
    );
    let mending: ReturnType<typeof setTimeout> | undefined;
    const broke = (): void => {
      reject(new Error('the connection broke'));
      this.#broke(transport);
    };
    transport.on(
      'connectionstatechange' as never,
      ((state: string) => {
        clearTimeout(mending);
        if (state === 'connected') resolve();
        else if (state === 'failed' || state === 'closed') broke();
        else if (state === 'disconnected') mending = setTimeout(broke, MEND_MS);
      }) as never,
    );
    return promise.finally(() => clearTimeout(timer));
  }

  #broke(transport: ConsumeTransport): void {
    // Only the one in hand: those that were left before may end later.
    if (this.#opened?.transport !== transport || this.#state !== 'playing') return;
    const path = this.#leave();
    this.#tell('connecting');
    // The server would find out by itself, later; it may be what is away.
    if (path) this.#connection.json(path, { method: 'DELETE' }).catch(() => undefined);
    void this.#again();
  }

  async #again(): Promise<void> {
    const { signal } = this.#over;
    for (
      let wait = 0;
      !signal.aborted;
      wait = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, wait * 2))
    ) {
      await pause(wait, signal);
      if (signal.aborted) return;
      try {
        return await this.#open();
      } catch (error) {
        this.#leave();
        if (signal.aborted) return;
        if (await this.#final(error)) {
          this.#tell('refused', error);
          return;
        }
      }
    }
  }

  /** Whether asking again is no use. */
  async #final(error: unknown): Promise<boolean> {
    if (!(error instanceof NightjarError)) return false;
    if (error.status !== 404) return FINAL.has(error.status);
    const there = await this.#connection.json(this.#path).then(
      () => true,
      (why: unknown) => !(why instanceof NightjarError && why.status === 404),
    );
    return !there;
  }

  /** Lets go of the transport in hand; answers with the path of its consumer. */
  #leave(): string | undefined {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.transport.close();
    return opened?.path;
  }

  #tell(state: WatchingState, error?: unknown): void {
    this.#state = state;
    this.onstate?.(state, error);
  }
}

/** Bytes that came over a transport so far; undefined where nobody can tell, or it is closed. */
async function received(transport: ConsumeTransport): Promise<number | undefined> {
  let bytes: number | undefined;
  try {
    const stats = await transport.getStats?.();
    stats?.forEach((stat) => {
      if (stat.type === 'transport') bytes = (bytes ?? 0) + (stat.bytesReceived ?? 0);
    });
  } catch {
    return undefined;
  }
  return bytes;
}
