import { basename, join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import { initSegment } from '@nightjar/media/mp4';
import type { Clock, Frame, MediaStream, Reader, SlabPool, Track } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { describeSegment } from './description.ts';
import { Part } from './part.ts';
import { type Backlog, SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-name.ts';
import type { FootageFile, Storage } from './storage.ts';

/** Seconds of a part. */
const PART = 1;
/** Milliseconds between a storage failure and the next try. */
const RETRY_AFTER = 5_000;
/** Bytes after which a part ends early, whatever its duration (quirk 45). */
const MAX_PART_BYTES = 16 * 1024 * 1024;

type CloseReason = Extract<Fact, { kind: 'segment.closed' }>['reason'];
type RecordingState = Extract<Fact, { kind: 'recording.state' }>['state'];

export interface RecorderOptions {
  readonly streamId: string;
  readonly stream: MediaStream;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly pool: SlabPool;
  /** Folder of the stream's files; asked at each new segment. */
  readonly folder: () => string;
  /** Seconds; asked at each key frame. */
  readonly segmentDuration: () => number;
  /** Ends the name of the next file; each label is used once. */
  readonly label?: () => string | undefined;
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'warn'>;
}

interface OpenSegment {
  readonly file: SegmentFile;
  readonly utc: number;
  /** Media seconds at which it began. */
  readonly zero: number;
  /** Known once the file was created. */
  path: string | undefined;
  /** Seconds and bytes that survive a power cut and have been told of. */
  durable: { readonly duration: number; readonly bytes: number } | undefined;
  reason: CloseReason;
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
  #state: RecordingState = 'stopped';
  #blockedUntil = 0;
  #usedLabel: string | undefined;
  readonly #closing = new Set<Promise<void>>();
  /** All that are not closed on disk. */
  readonly #unfinished = new Set<OpenSegment>();
  readonly #backlog: Backlog = { seconds: 0, bytes: 0 };

  constructor(options: RecorderOptions) {
    this.#options = options;
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

  /** Names of the files that are being written. */
  get writing(): ReadonlySet<string> {
    return new Set([...this.#unfinished].map(filenameOf));
  }

  /** Tells again what the files that are being written hold. */
  retell(): void {
    for (const segment of this.#unfinished) if (segment.durable) this.#tellGrown(segment, segment.durable);
  }

  onTracks(tracks: readonly Track[]): void {
    const same =
      tracks.length === this.#tracks.length &&
      tracks.every((track, i) => sameFormat(track, this.#tracks[i]!));
    this.#closeSegment(tracks.length === 0 || same ? 'source_lost' : 'format_changed');
    this.#tracks = tracks;
    this.#lead = tracks.find((track) => track.kind === 'video') ?? tracks[0];
    if (tracks.length === 0 && this.#state === 'recording') this.#tell('waiting');
  }

  onFrame(frame: Frame): void {
    if (frame.track === this.#lead) this.#leadFrame(frame);
    else this.#part?.add(frame);
  }

  onEnd(): void {
    this.#detach = undefined;
    this.#closeSegment('stopped');
  }

  #leadFrame(frame: Frame): void {
    const part = this.#part;
    if (part) {
      part.settle(frame.dts);
      if (this.#mustRotate(frame)) this.#closeSegment('rotated');
      else if (part.duration >= PART || part.bytes > MAX_PART_BYTES) this.#flush();
    }
    if (this.#segment) {
      if (this.#part) this.#part.add(frame);
      else this.#part = new Part(frame, this.#segment.zero);
      return;
    }
    if (!frame.key || this.#options.clock.monotonic() < this.#blockedUntil) return;
    this.#segment = this.#openSegment(frame);
    this.#part = new Part(frame, this.#segment.zero);
  }

  #mustRotate(frame: Frame): boolean {
    if (!frame.key || !this.#segment) return false;
    const step = this.#options.segmentDuration() * 1000;
    return Math.floor(frame.arrival / step) !== Math.floor(this.#segment.utc / step);
  }

  #flush(): void {
    const part = this.#part;
    this.#part = undefined;
    if (!part || !this.#segment) return;
    if (!this.#segment.file.write(part)) {
      this.#blocked('storage_failed', 'the disk is too slow: footage was given up');
    }
  }

  #openSegment(frame: Frame): OpenSegment {
    const { streamId, pool } = this.#options;
    const utc = frame.arrival;
    const lead = frame.track;
    const zero = frame.dts / lead.format.clockRate;
    const segment: OpenSegment = {
      utc,
      zero,
      path: undefined,
      durable: undefined,
      reason: 'stopped',
      file: new SegmentFile({
        lead,
        pool,
        backlog: this.#backlog,
        init: initSegment(this.#tracks, {
          description: describeSegment({ streamId, utc, streamTime: zero, trackId: lead.id }),
        }),
        open: async () => {
          const { file, path } = await this.#create(utc);
          segment.path = path;
          return file;
        },
        onGrown: (duration, bytes) => this.#grown(segment, duration, bytes),
        onFailed: (error) => {
          segment.reason = 'storage_failed';
          const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
          this.#blocked(full ? 'storage_full' : 'storage_failed', full ? 'the disk is full' : plain(error));
        },
      }),
    };
    this.#unfinished.add(segment);
    return segment;
  }

  /** Nothing is told of a segment before its first part is durable: a file that fails earlier never was. */
  #grown(segment: OpenSegment, duration: number, bytes: number): void {
    const { streamId, fact } = this.#options;
    const start = isoTime(segment.utc);
    if (!segment.durable)
      fact({ kind: 'segment.opened', stream_id: streamId, filename: filenameOf(segment), start });
    segment.durable = { duration, bytes };
    const wanted = this.#detach !== undefined && this.#tracks.length > 0;
    if (wanted && (segment === this.#segment || this.#state !== 'failed')) this.#tell('recording');
    this.#tellGrown(segment, segment.durable);
  }

  #tellGrown(segment: OpenSegment, durable: { duration: number; bytes: number }): void {
    const { streamId, fact } = this.#options;
    const about = { stream_id: streamId, filename: filenameOf(segment), start: isoTime(segment.utc) };
    fact({ kind: 'segment.grown', ...about, ...durable });
  }

  async #create(utc: number): Promise<{ file: FootageFile; path: string }> {
    const label = this.#nextLabel();
    for (let again = 0; ; again++) {
      const path = join(this.#options.folder(), segmentName(utc, again, label));
      try {
        return { file: await this.#options.storage.create(path), path };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || again > 999) throw error;
      }
    }
  }

  #nextLabel(): string | undefined {
    const label = this.#options.label?.();
    if (label === this.#usedLabel) return undefined;
    this.#usedLabel = label;
    return label;
  }

  #closeSegment(reason: CloseReason): void {
    this.#flush();
    const segment = this.#segment;
    this.#segment = undefined;
    if (!segment) return;
    if (segment.reason !== 'storage_failed') segment.reason = reason;
    const closing = this.#finish(segment).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #finish(segment: OpenSegment): Promise<void> {
    const { duration, bytes } = await segment.file.close();
    this.#unfinished.delete(segment);
    const { streamId, fact } = this.#options;
    if (!segment.durable) return this.#discard(segment);
    fact({
      kind: 'segment.closed',
      stream_id: streamId,
      filename: filenameOf(segment),
      start: isoTime(segment.utc),
      end: isoTime(segment.utc + duration * 1000),
      duration,
      bytes,
      recovered: false,
      reason: segment.reason,
    });
  }

  /** A file without a whole part is of no use to anybody. */
  async #discard({ path }: OpenSegment): Promise<void> {
    const { storage, log, streamId } = this.#options;
    if (path === undefined) return;
    await storage.remove(path).catch((error: unknown) => {
      log.warn('an empty file could not be removed', { stream_id: streamId, error });
    });
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
    const at = isoTime(this.#options.clock.utc());
    this.#options.fact({ kind: 'recording.state', stream_id: this.#options.streamId, state, at, ...why });
  }
}

const filenameOf = ({ path }: OpenSegment): string => basename(path ?? '');
const isoTime = (utc: number): string => new Date(utc).toISOString();

function sameFormat(a: Track, b: Track): boolean {
  return a.id === b.id && a.format.codec === b.format.codec && a.format.record.equals(b.format.record);
}

/** The system's own words carry the path; the code does not. */
function plain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code ? `the recording could not be written (${code})` : 'the recording could not be written';
}
