import { FrontDoor, type FrontDoorAddress } from '../doorstep/index.ts';
import type { Clock } from '../stream/index.ts';
import { type RtmpCounters, ServerConnection } from './server/connection.ts';
import type { SessionHooks } from './server/hooks.ts';

/** `onError` also takes errors of ours: the client was sent away. */
export interface RtmpServerOptions extends SessionHooks, FrontDoorAddress {
  readonly clock: Clock;
  /** Unpredictable bytes, as `crypto.randomBytes`. */
  readonly random: (size: number) => Buffer;
}

/** Counters, and what is open now. */
export interface RtmpServerStats extends Readonly<RtmpCounters> {
  readonly open: number;
  readonly publishing: number;
  readonly playing: number;
}

const SILENT_MS = 15_000;

/** An RTMP server that takes and plays streams, over TLS as well where it has a certificate. */
export class RtmpServer {
  readonly #door: FrontDoor<ServerConnection>;
  readonly #counters: RtmpCounters = { connections: 0, malformed: 0, refused: 0 };

  constructor(options: RtmpServerOptions) {
    const { clock, random, publish, play, onError } = options;
    const counters = this.#counters;
    this.#door = new FrontDoor({
      ...options,
      silence: SILENT_MS,
      onConnection: () => void counters.connections++,
      serve: (arrival) =>
        new ServerConnection(arrival, {
          ...{ clock, random, publish, play, counters },
          onError: (error) => onError?.(error),
        }),
    });
  }

  /** The port listened on. */
  get port(): number {
    return this.#door.port;
  }

  /** @throws the system's error when the address cannot be listened on. */
  start(): Promise<void> {
    return this.#door.start();
  }

  stats(): RtmpServerStats {
    const { guests, open } = this.#door;
    return {
      ...this.#counters,
      open,
      publishing: guests.filter(({ publishing }) => publishing).length,
      playing: guests.filter(({ playing }) => playing).length,
    };
  }

  /** Stops listening and closes every connection. */
  close(): Promise<void> {
    return this.#door.close();
  }
}
