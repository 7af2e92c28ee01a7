import type { CameraHttp, Clock, Log } from '../../kernel/index.ts';
import { createSerial } from '../../kernel/index.ts';
import { type DeviceNotice, EventListener } from './events.ts';
import type { OnvifError } from './onvif-error.ts';
import type { Places } from './places.ts';

/** What becomes of listening to a stream's camera. */
export type CameraHappening =
  | ({ readonly type: 'camera.notice'; readonly stream_id: string } & DeviceNotice)
  | { readonly type: 'camera.events_on'; readonly stream_id: string }
  | { readonly type: 'camera.events_lost'; readonly stream_id: string; readonly error: string };

interface Options {
  readonly clock: Clock;
  readonly log: Log;
  readonly http: CameraHttp;
  readonly places: Places;
  readonly happened: (happening: CameraHappening) => void;
}

/** Notices of one camera that are told within a second; a camera may be broken. */
const MOST_PER_SECOND = 20;

/** Listens to the cameras of all streams that want it. */
export class DeviceEvents {
  readonly #options: Options;
  readonly #listeners = new Map<string, { readonly key: string; readonly listener: EventListener }>();
  readonly #inTurn = createSerial();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins with those that are new or elsewhere, ends those that are gone. */
  converge(): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = new Map<string, string>();
      if (!this.#closed) {
        for (const { streamId, key } of await this.#options.places.listening()) wanted.set(streamId, key);
      }
      const gone = [...this.#listeners].filter(([id, { key }]) => wanted.get(id) !== key);
      for (const [id] of gone) this.#listeners.delete(id);
      await Promise.all(gone.map(([, { listener }]) => listener.close()));
      for (const [id, key] of wanted) if (!this.#listeners.has(id)) await this.#begin(id, key);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.converge();
  }

  async #begin(streamId: string, key: string): Promise<void> {
    const { clock, http, places } = this.#options;
    const place = await places.place(streamId);
    const listener = new EventListener({
      clock,
      device: { ...place, http, now: () => clock.utc() },
      onNotice: this.#teller(streamId),
      onState: (state) => this.#stateOf(streamId, state),
    });
    this.#listeners.set(streamId, { key, listener });
    listener.start();
  }

  #teller(streamId: string): (notice: DeviceNotice) => void {
    const { clock, log, happened } = this.#options;
    let since = Number.NEGATIVE_INFINITY;
    let told = 0;
    return (notice) => {
      const now = clock.monotonic();
      if (now - since >= 1000) [since, told] = [now, 0];
      told += 1;
      if (told <= MOST_PER_SECOND) happened({ type: 'camera.notice', stream_id: streamId, ...notice });
      else if (told === MOST_PER_SECOND + 1)
        log.warn({ stream_id: streamId }, 'a camera tells too much at once');
    };
  }

  #stateOf(streamId: string, state: 'listening' | OnvifError): void {
    const { happened } = this.#options;
    if (state === 'listening') happened({ type: 'camera.events_on', stream_id: streamId });
    else happened({ type: 'camera.events_lost', stream_id: streamId, error: state.message });
  }
}
