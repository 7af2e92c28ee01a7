import type { Fact, OriginalsKey } from '@nightjar/contract/link';
import { sameFormat } from '@nightjar/media/codecs';
import type { Clock, Frame, MediaStream, Reader, SlabPool, Track } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { Labels } from './labels.ts';
import { type CloseReason, OpenSegment } from './open-segment.ts';
import { Part } from './part.ts';
import { type Backlog, fullness } from './segment-file.ts';
import type { Storage } from './storage.ts';

/** Seconds of a part. */
const PART = 1;
/** Milliseconds between a storage failure and the next try. */
const RETRY_AFTER = 5_000;
/** Seconds of a new segment during which sound may still come for the one before (quirk 58). */
const LATE = 0.5;
/** Bytes after which a part ends early, whatever its duration (quirk 45). */
const MAX_PART_BYTES = 16 * 1024 * 1024;

type RecordingState = Extract<Fact, { kind: 'recording.state' }>['state'];

export interface RecorderOptions {
  readonly streamId: string;
  readonly stream: Pick<MediaStream, 'attach'>;
  /** Its pictures are covered ones: files say so of themselves. */
  readonly covered?: boolean;
  /** Files are sealed for it; asked at each new segment. */
  readonly seal?: () => OriginalsKey;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly pool: SlabPool;
  /** Folder of the stream's files; asked at each new segment. */
  readonly folder: () => string;
  /** Seconds; asked at each key frame. */
  readonly segmentDuration: () => number;
  /** Ends the name of the next file; each label is used once. */
  readonly label?: () => string | undefined;
  /** Told of frames that the disk has, and where. */
  readonly stow?: MediaStream['stow'];
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Records a stream: gathers parts of a second from its frames and hands them to the open segment. Segments
 * begin at a key frame and end at the first key frame past a multiple of the segment duration.
 */
export class Recorder implements Reader {
  readonly #options: RecorderOptions;
  #detach: (() => void) | undefined;
  #lead: Track | undefined;
  #tracks: readonly Track[] = [];
  #part: Part | undefined;
  #segment: OpenSegment | undefined;
  /** The segment before and its last part, held open for sound that comes late. */
  #tail: { readonly segment: OpenSegment; readonly part: Part } | undefined;
  #state: RecordingState = 'stopped';
  #blockedUntil = 0;
  /** `finish` was called. */
  #finishing = false;
  #finished = false;
  readonly #closing = new Set<Promise<void>>();
  /** All that are not closed on disk. */
  readonly #unfinished = new Set<OpenSegment>();
  readonly #backlog: Backlog = { seconds: 0, bytes: 0 };
  readonly #labels: Labels;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#labels = new Labels(options.label ?? (() => undefined));
  }

  /** Begins with the GOP cache, so that footage starts before the order to record. */
  start(): void {
    if (this.#detach) return;
    this.#tell('waiting');
    this.#detach = this.#options.stream.attach(this, true);
  }

  /** Writes what is in hand and closes the file. */
  async stop(reason: CloseReason): Promise<void> {
    this.#detach?.();
    this.#detach = undefined;
    this.#closeSegment(reason);
    await Promise.all(this.#closing);
    this.#tell('stopped');
  }

  /** Goes on up to the next key frame, which is for the next file, and stops there. */
  finish(): void {
    this.#finishing = true;
  }

  /** Takes `finish` back; false when it is too late. */
  goOn(): boolean {
    this.#finishing = false;
    return !this.#finished;
  }

  /** Percent of what may wait for the disk that does; undefined while nothing is recorded. */
  get bufferLevel(): number | undefined {
    return this.#state === 'recording' ? fullness(this.#backlog) : undefined;
  }

  /** Names of the files that are being written. */
  get writing(): ReadonlySet<string> {
    return new Set([...this.#unfinished].map(({ filename }) => filename));
  }

  /** Tells again what the files that are being written hold. */
  retell(): void {
    for (const segment of this.#unfinished) segment.retell();
  }

  onTracks(tracks: readonly Track[]): void {
    const same =
      tracks.length === this.#tracks.length && tracks.every((track, i) => sameTrack(track, this.#tracks[i]!));
    this.#closeSegment(tracks.length === 0 || same ? 'source_lost' : 'format_changed');
    this.#tracks = tracks;
    this.#lead = tracks.find((track) => track.kind === 'video') ?? tracks[0];
    if (tracks.length === 0 && this.#state === 'recording') this.#tell('waiting');
  }

  onFrame(frame: Frame): void {
    if (frame.track === this.#lead) this.#leadFrame(frame);
    else this.#otherFrame(frame);
  }

  onEnd(): void {
    this.#detach = undefined;
    this.#closeSegment('stopped');
  }

  #leadFrame(frame: Frame): void {
    this.#part?.settle(frame.dts);
    if (frame.key && this.#finishing) {
      this.#finished = true;
      void this.stop('stopped');
      return;
    }
    if (this.#part) this.#endPart(frame, this.#part);
    if (this.#segment) {
      if (this.#part) this.#part.add(frame);
      else this.#part = new Part(frame, this.#segment.zero);
      return;
    }
    if (!frame.key || this.#options.clock.monotonic() < this.#blockedUntil) return;
    this.#segment = this.#openSegment(frame);
    this.#part = new Part(frame, this.#segment.zero);
  }

  /** Ends the part before a frame, or the segment, if it is time. */
  #endPart(frame: Frame, part: Part): void {
    if (part.duration >= LATE) this.#endTail();
    if (this.#mustRotate(frame)) this.#rotate();
    else if (part.duration >= PART || part.bytes > MAX_PART_BYTES) this.#flush();
  }

  #otherFrame(frame: Frame): void {
    const begin = Math.round((this.#segment?.zero ?? 0) * frame.track.format.clockRate);
    if (this.#tail && frame.dts < begin) {
      this.#tail.part.add(frame);
      return;
    }
    this.#endTail();
    this.#part?.add(frame);
  }

  #rotate(): void {
    this.#endTail();
    if (this.#tracks.length > 1 && this.#segment && this.#part) {
      this.#tail = { segment: this.#segment, part: this.#part };
      this.#segment = undefined;
      this.#part = undefined;
    } else this.#closeSegment('rotated');
  }

  #endTail(): void {
    const tail = this.#tail;
    if (!tail) return;
    this.#tail = undefined;
    this.#write(tail.segment, tail.part);
    this.#close(tail.segment, 'rotated');
  }

  #mustRotate(frame: Frame): boolean {
    if (!frame.key || !this.#segment) return false;
    const step = this.#options.segmentDuration() * 1000;
    return Math.floor(frame.arrival / step) !== Math.floor(this.#segment.utc / step);
  }

  #flush(): void {
    const part = this.#part;
    this.#part = undefined;
    if (part && this.#segment) this.#write(this.#segment, part);
  }

  #write(segment: OpenSegment, part: Part): void {
    if (segment.write(part)) return;
    this.#blocked('storage_failed', 'the disk is too slow: footage was given up');
  }

  #openSegment(frame: Frame): OpenSegment {
    const segment: OpenSegment = new OpenSegment(frame, {
      ...this.#options,
      labels: this.#labels,
      backlog: this.#backlog,
      tracks: this.#tracks,
      onGrown: () => this.#grown(segment),
      onFailed: (error) => {
        const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
        this.#blocked(full ? 'storage_full' : 'storage_failed', full ? 'the disk is full' : plain(error));
      },
    });
    this.#unfinished.add(segment);
    return segment;
  }

  #grown(segment: OpenSegment): void {
    const wanted = this.#detach !== undefined && this.#tracks.length > 0;
    if (wanted && (segment === this.#segment || this.#state !== 'failed')) this.#tell('recording');
  }

  #closeSegment(reason: CloseReason): void {
    this.#endTail();
    this.#flush();
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment) this.#close(segment, reason);
  }

  #close(segment: OpenSegment, reason: CloseReason): void {
    const closing = segment.close(reason).finally(() => {
      this.#closing.delete(closing);
      this.#unfinished.delete(segment);
    });
    this.#closing.add(closing);
  }

  #blocked(fault: 'storage_full' | 'storage_failed', message: string): void {
    this.#blockedUntil = this.#options.clock.monotonic() + RETRY_AFTER;
    this.#tell('failed', { fault, message });
    // Not in the middle of the file's own work: the next frame finds no segment and waits.
    this.#closeSegment('storage_failed');
  }

  #tell(state: RecordingState, why?: { fault: 'storage_full' | 'storage_failed'; message: string }): void {
    if (state === this.#state && !why) return;
    this.#state = state;
    const at = new Date(this.#options.clock.utc()).toISOString();
    this.#options.fact({ kind: 'recording.state', stream_id: this.#options.streamId, state, at, ...why });
  }
}

const sameTrack = (a: Track, b: Track): boolean => a.id === b.id && sameFormat(a.format, b.format);

/** The system's own words carry the path; the code does not. */
function plain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code ? `the recording could not be written (${code})` : 'the recording could not be written';
}
