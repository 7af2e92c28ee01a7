import type { DesiredStream, Fact, OriginalsKey } from '@nightjar/contract/link';
import type { Clock, MediaStream, SlabPool } from '@nightjar/media/stream';
import type { Log } from '../../kernel/index.ts';
import { hotFolder, Recorder, type Storage } from '../../recorder/index.ts';
import type { Attention } from '../attention.ts';
import { FromThenOn } from './from-then-on.ts';
import { RecentFrames } from './recent-frames.ts';
import { RecordingHours } from './recording-hours.ts';

export interface StreamRecordingOptions {
  readonly clock: Clock;
  readonly pool: SlabPool;
  readonly storage: Storage;
  readonly basePath: () => string;
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'warn'>;
  readonly media: MediaStream;
  /** Whether somebody needs the newest frames in memory. */
  readonly attention: Pick<Attention, 'resting' | 'recall'>;
  readonly desired: () => DesiredStream;
  /** UTC milliseconds: what was filmed before is not recorded. */
  readonly filmedSince?: number | undefined;
  /** Of an original: whose footage it is, and for whom that is sealed. */
  readonly sealed?: { readonly streamId: string; readonly key: () => OriginalsKey };
  /** What is wanted may have changed: `converge` is to be called. */
  readonly changed: () => void;
}

/** Whether, when and since when one stream is recorded: always, in hours of the week, around events. */
export class StreamRecording {
  readonly #options: StreamRecordingOptions;
  readonly #hours: RecordingHours;
  readonly #media: Pick<MediaStream, 'attach'>;
  readonly #recent: RecentFrames;
  #recorder: Recorder | undefined;
  /** On the monotonic clock: up to then footage is kept of a stream that is recorded around events. */
  #until = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: StreamRecordingOptions) {
    this.#options = options;
    const { clock, media, filmedSince, desired, changed } = options;
    this.#hours = new RecordingHours(clock, changed);
    this.#hours.keep(desired().recording.schedule);
    this.#media = filmedSince === undefined ? media : new FromThenOn(media, filmedSince);
    this.#recent = new RecentFrames(this.#media, () => desired().recording.events?.before ?? 0);
  }

  /** The stream is to be connected for it, also while it waits for an event. */
  get wanted(): boolean {
    const { running, recording } = this.#options.desired();
    return running && recording.enabled && recording.paused !== true && this.#hours.open;
  }

  /** See `Recorder`. */
  get bufferLevel(): number | undefined {
    return this.#recorder?.bufferLevel;
  }

  /** Names of the files that are being written. */
  get writing(): ReadonlySet<string> {
    return this.#recorder?.writing ?? new Set();
  }

  /** Tells again what the files that are being written hold. */
  retell(): void {
    this.#recorder?.retell();
  }

  /** Takes up another schedule. */
  update(): void {
    this.#hours.keep(this.#options.desired().recording.schedule);
  }

  /** Something happened: footage is kept from `before` up to so many seconds from now, whatever was said earlier. */
  keepFor(seconds: number): void {
    const { clock, changed } = this.#options;
    this.#until = clock.monotonic() + seconds * 1000;
    this.#cancel?.();
    this.#cancel = clock.after(seconds * 1000, changed);
    changed();
  }

  /** Does what is wanted now. */
  async converge(): Promise<void> {
    if (!this.wanted) {
      this.#recent.release();
      await this.#recorder?.stop('stopped');
      this.#recorder = undefined;
    } else if (this.#eventful) await this.#record();
    else this.#await();
  }

  async stop(reason: 'shutdown' | 'stopped'): Promise<void> {
    await this.#recorder?.stop(reason);
  }

  close(): void {
    this.#hours.close();
    this.#cancel?.();
    this.#recent.release();
  }

  get #eventful(): boolean {
    const { clock, desired } = this.#options;
    return desired().recording.events === undefined || clock.monotonic() < this.#until;
  }

  async #record(): Promise<void> {
    if (this.#recorder?.goOn()) {
      this.#recent.release();
      return;
    }
    // Since its last key frame all is held, so that nothing is missed meanwhile.
    await this.#recorder?.stop('stopped');
    await this.#options.attention.recall();
    const { desired, basePath, media, sealed, attention } = this.#options;
    const id = sealed?.streamId ?? desired().id;
    this.#recorder = new Recorder({
      ...this.#options,
      streamId: id,
      stream: desired().recording.events ? this.#recent : this.#media,
      covered: desired().privacy !== undefined,
      ...(sealed ? { seal: sealed.key } : {}),
      folder: () => hotFolder(basePath(), id),
      segmentDuration: () => desired().recording.segment_duration,
      label: () => desired().recording.label,
      stow: (written, stowage) => {
        // What covers pictures begins anew often, and is to have them at once.
        const covered = desired().privacy !== undefined;
        if (!sealed && !covered && attention.resting) media.stow(written, stowage);
      },
    });
    this.#recorder.start();
  }

  /** Nothing has happened for long enough: the file ends at a key frame, from which on the newest seconds are held. */
  #await(): void {
    this.#recorder?.finish();
    this.#recent.hold(this.#recorder === undefined);
  }
}
