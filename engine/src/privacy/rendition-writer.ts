import type { PrivacyOptions } from '@nightjar/contract';
import { MalformedError } from '@nightjar/media/bytes';
import { type H264Format, h264Format, splitAnnexB } from '@nightjar/media/codecs';
import { type Frame, FrameWriter, type MediaStream, type Reader, type Track } from '@nightjar/media/stream';
import type { SourceCounters, SourceOptions } from '../sources/index.ts';
import type { CodedPicture } from '../vision/index.ts';
import { MASKED, type MaskedSound, type MaskedSoundOptions } from './masked-sound.ts';

/** nal_unit_type of ITU-T H.264 table 7-1: slices are 1 to 5. */
const [LAST_SLICE, SPS, PPS] = [5, 7, 8];
const TYPE = 0x1f;
/** A picture beyond it is none that was asked for. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Ticks by which a picture follows the one before at least. */
const NEXT = 90;
/** Milliseconds by which a picture may have come before the one shown last; further back the host's clock was set. */
const SHOWN_AGAIN = 10_000;

type WriterOptions = Pick<SourceOptions, 'stream' | 'pool' | 'clock'> & {
  readonly onReady: () => void;
  readonly onLive: () => void;
  readonly original: MediaStream;
  /** What becomes of the original's sound. */
  readonly audio: PrivacyOptions['audio'];
  /** Masks it; without it what is to be masked is not heard. */
  readonly mask?: (give: MaskedSoundOptions['give']) => Pick<MaskedSound, 'close'>;
};

/** Puts coded pictures, and copies of the original's sound, into the stream that is shown. */
export class RenditionWriter implements Reader {
  readonly counters: { -readonly [K in keyof SourceCounters]: number } = {
    bytes: 0,
    packets: 0,
    lost: 0,
    dropped: 0,
  };
  readonly #options: WriterOptions;
  /** By the original's track. */
  readonly #sounds = new Map<Track, FrameWriter>();
  #masked: Pick<MaskedSound, 'close'> | undefined;
  #detach: (() => void) | undefined;
  #format: H264Format | undefined;
  #video: FrameWriter | undefined;
  #waitForKey = true;
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastArrival = Number.NEGATIVE_INFINITY;
  #live = false;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** What follows is of another coder. */
  begin(): void {
    this.#waitForKey = true;
  }

  picture({ data, time, arrival, key }: CodedPicture): void {
    if (this.#closed || data.byteLength > MAX_BYTES) return;
    if (this.#waitForKey && !key) return;
    const nals = splitAnnexB(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    const slices = nals.filter((nal) => (nal[0]! & TYPE) <= LAST_SLICE && (nal[0]! & TYPE) > 0);
    if (slices.length === 0 || (key && !this.#takeFormat(nals))) return;
    const writer = this.#video;
    if (!writer) return;
    this.#waitForKey = false;
    writer.begin();
    for (const nal of slices) writer.nal(nal, 0, nal.length);
    // A process that was replaced begins with pictures that were shown already.
    this.#lastTime = Math.max(Math.round(time), this.#lastTime + NEXT);
    // It shows what came then, however long it took to be made: footage lies where it happened.
    if (arrival > this.#lastArrival || arrival < this.#lastArrival - SHOWN_AGAIN) this.#lastArrival = arrival;
    writer.finish(this.#lastTime, this.#lastTime, key, this.#lastArrival);
    this.counters.bytes += data.byteLength;
    this.counters.packets++;
    if (this.#live || !key) return;
    this.#live = true;
    this.#options.onLive();
  }

  onTracks(_tracks: readonly Track[]): void {
    // The run ends when the original's tracks go; new ones begin with the next key frame's tracks.
    this.#dropSounds();
  }

  onFrame(frame: Frame): void {
    const writer = this.#sounds.get(frame.track);
    if (!writer || this.#options.audio !== 'keep') return;
    const { slab, payload, end, dts, pts, key } = frame;
    writer.begin();
    writer.append(slab.buffer, payload, end);
    writer.finish(dts, pts, key);
    this.counters.bytes += end - payload;
  }

  onEnd(): void {
    this.close();
  }

  /** Idempotent; the stream has no tracks afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detach?.();
    this.#dropSounds();
    this.#video?.close();
    this.#video = undefined;
    if (this.#options.stream.tracks.length > 0) this.#options.stream.setTracks([]);
  }

  /** False for parameter sets that nobody can read. */
  #takeFormat(nals: readonly Buffer[]): boolean {
    const ofType = (type: number): Buffer[] => nals.filter((nal) => (nal[0]! & TYPE) === type);
    try {
      const format = h264Format(ofType(SPS), ofType(PPS));
      if (this.#format?.record.equals(format.record) && this.#sameSounds()) return true;
      this.#format = format;
      this.#setTracks({ id: 1, kind: 'video', format });
      return true;
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
  }

  #sameSounds(): boolean {
    const wanted = this.#wantedSounds();
    return wanted.length === this.#sounds.size && wanted.every((track) => this.#sounds.has(track));
  }

  #wantedSounds(): Track[] {
    const { original, audio } = this.#options;
    const sounds = original.tracks.filter(({ kind }) => kind === 'audio');
    if (audio === 'mute') return [];
    return audio === 'mask' ? sounds.slice(0, 1) : sounds;
  }

  #setTracks(video: Track): void {
    const { stream, pool, clock, original, audio, mask } = this.#options;
    const push = (frame: Frame): void => stream.push(frame);
    // Its first call drops what sounds there were.
    this.#detach ??= original.attach(this, false);
    this.#dropSounds();
    this.#video?.close();
    this.#video = new FrameWriter({ track: video, pool, clock, push });
    const shown = (track: Track): Track => (audio === 'mask' ? { ...track, format: MASKED } : track);
    const sounds = this.#wantedSounds().map((track, i): [Track, Track] => [
      track,
      { ...shown(track), id: 2 + i },
    ]);
    stream.setTracks([video, ...sounds.map(([, track]) => track)]);
    for (const [of, track] of sounds) this.#sounds.set(of, new FrameWriter({ track, pool, clock, push }));
    if (audio === 'mask' && sounds.length > 0)
      this.#masked = mask?.((data, time) => this.#giveMasked(data, time));
    if (!this.#live) this.#options.onReady();
  }

  #giveMasked(data: Buffer, time: number): void {
    const [writer] = this.#sounds.values();
    if (!writer) return;
    writer.begin();
    writer.append(data, 0, data.length);
    writer.finish(time, time, true);
    this.counters.bytes += data.length;
  }

  #dropSounds(): void {
    this.#masked?.close();
    this.#masked = undefined;
    for (const writer of this.#sounds.values()) writer.close();
    this.#sounds.clear();
  }
}
