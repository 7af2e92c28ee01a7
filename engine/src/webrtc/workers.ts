import type { PeerSession } from './session.ts';
import { WebRtc, type WebRtcOptions } from './webrtc.ts';

export interface WebRtcWorkersOptions extends WebRtcOptions {
  /** Threads, each on a port of its own: that of the settings and those above it. */
  readonly workers: number;
}

/**
 * WebRTC for more viewers than one core can serve. Each worker has whole peers on a port of its own; a newcomer goes
 * to the one with fewest, and what is said of a session later goes to the worker that has it.
 */
export class WebRtcWorkers {
  readonly #all: readonly WebRtc[];

  constructor({ workers, ...options }: WebRtcWorkersOptions) {
    const { port } = options.settings;
    this.#all = Array.from({ length: workers }, (_, index) => {
      const own = port === 0 ? 0 : port + index;
      return new WebRtc({ ...options, settings: { ...options.settings, port: own } });
    });
  }

  /** UDP and TCP, the lowest first; 0 before `start`. */
  get ports(): number[] {
    return this.#all.map(({ port }) => port);
  }

  /** Takes the ports. Throws PeerPortError when somebody else has one, and then has none. */
  async start(): Promise<void> {
    try {
      for (const worker of this.#all) await worker.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The worker of a session; for any other name, and for none, the one with fewest sessions. */
  of(session: string | undefined): WebRtc {
    const having = this.#all.find((worker) => session !== undefined && worker.has(session));
    return having ?? this.#all.reduce((least, worker) => (worker.load < least.load ? worker : least));
  }

  /** Who watches one stream, those that ended lately included. */
  list(streamId: string): PeerSession[] {
    return this.#all.flatMap((worker) => (worker.running ? worker.peers.list(streamId) : []));
  }

  /** See `WebRtc.hush`. Idempotent. */
  async hush(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.hush()));
  }

  /** See `WebRtc.close`. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.close()));
  }
}
