import type { Clock } from '../clock/clock.ts';

/** What a socket tells, parsed. */
export type SocketEvent = { type: string } & Record<string, unknown>;

/** The part of a browser's WebSocket that is used here. */
export type Socket = Pick<WebSocket, 'close' | 'send' | 'addEventListener'>;

interface Options {
  /** Address of a socket that somebody signed in may open; asked for anew each time. */
  address: () => Promise<string>;
  open: (url: string) => Socket;
  clock: Clock;
  random: () => number;
  onEvent: (event: SocketEvent) => void;
  /** Whether events come at the moment. */
  onConnected: (connected: boolean) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** One event socket, opened again with back-off when it ends. */
export class EventSocket {
  readonly #options: Options;
  #socket: Socket | null = null;
  #cancel: () => void = () => undefined;
  #failures = 0;
  /** Counts attempts, so that news of an older one is told apart. */
  #run = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins; `close()` ends it, and it may be started again. */
  start(): void {
    this.close();
    this.#connect(this.#run);
  }

  /** Idempotent. */
  close(): void {
    this.#run += 1;
    this.#cancel();
    this.#socket?.close();
    this.#socket = null;
    this.#options.onConnected(false);
  }

  #connect(run: number): void {
    const { address, open } = this.#options;
    address().then(
      (url) => {
        if (run === this.#run) this.#listen(open(url), run);
      },
      () => this.#again(run),
    );
  }

  #listen(socket: Socket, run: number): void {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (run !== this.#run) return;
      const event = eventOf(data);
      if (event === undefined) return;
      if (event.type === 'events.ready') {
        this.#failures = 0;
        this.#options.onConnected(true);
      }
      this.#options.onEvent(event);
    });
    socket.addEventListener('close', () => this.#again(run));
  }

  #again(run: number): void {
    if (run !== this.#run) return;
    this.#socket = null;
    this.#options.onConnected(false);
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#cancel = this.#options.clock.after(pause * (0.5 + this.#options.random() / 2), () =>
      this.#connect(run),
    );
  }
}

function eventOf(data: unknown): SocketEvent | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(data);
    const known = typeof parsed === 'object' && parsed !== null && 'type' in parsed;
    return known && typeof parsed.type === 'string' ? (parsed as SocketEvent) : undefined;
  } catch {
    return undefined;
  }
}
