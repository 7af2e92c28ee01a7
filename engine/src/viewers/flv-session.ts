import type { FlvTaker } from '@nightjar/media/flv';
import type { Track } from '@nightjar/media/stream';
import type { Outlet } from './outlet.ts';
import type { Viewer } from './viewer.ts';

/** Gives one viewer what an FLV fan hands on, in whatever framing. */
export class FlvSession implements FlvTaker {
  readonly #outlet: Outlet;
  readonly #viewer: Viewer;

  constructor(outlet: Outlet, viewer: Viewer) {
    this.#outlet = outlet;
    this.#viewer = viewer;
  }

  onHeaders(messages: readonly Buffer[], _tracks: readonly Track[]): void {
    this.#outlet.begin(messages, false);
    this.#outlet.waitForKey();
  }

  onBacklog(messages: readonly Buffer[]): void {
    this.#outlet.begin(messages, true);
  }

  onMessage(message: Buffer, key: boolean): void {
    this.#outlet.offer(message, key);
  }

  onEnd(): void {
    this.#viewer.close('stream_ended');
  }
}
