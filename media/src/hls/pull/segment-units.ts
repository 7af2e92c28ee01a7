import { MalformedError } from '../../bytes/index.ts';
import type { AudioFormat, Codec, Format } from '../../codecs/index.ts';
import { TS_RATE, TsUnits, type WaitingUnit } from '../../intake/index.ts';
import {
  type Mp4File,
  type Mp4Track,
  openMp4,
  type RandomAccess,
  type Run,
  readFragments,
} from '../../mp4/index.ts';

export interface SegmentReaderOptions {
  readonly takes: ((codec: Codec) => boolean) | undefined;
  readonly announce: (kind: Codec['kind'], there: boolean) => void;
}

/** An initialization segment that was read: see `EXT-X-MAP`. */
export interface ReadMap {
  readonly bytes: Buffer;
  readonly file: Mp4File;
}

const WRAP = 2 ** 33;
const TS_SYNC = 0x47;

/** Turns the segments of one playlist into units in order of decoding. */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  readonly #ts: TsUnits;
  readonly #foreign = new Set<string>();
  #units: WaitingUnit[] = [];

  constructor(options: SegmentReaderOptions) {
    this.#options = options;
    this.#ts = new TsUnits({
      ...options,
      unit: (codec, b, unit, dts) => {
        const bytes = Buffer.from(b.subarray(unit.start, unit.end));
        const whole = { ...unit, start: 0, end: bytes.length };
        this.#units.push({ codec, format: undefined, bytes, unit: whole, dts });
      },
    });
  }

  /** What comes and cannot be used, in words. */
  get trouble(): string | undefined {
    const foreign = this.#foreign.size > 0 ? `${[...this.#foreign].join(', ')}: not carried` : undefined;
    return foreign ?? this.#ts.trouble;
  }

  /** Reads the initialization segment of what follows. Throws MalformedError. */
  async map(bytes: Buffer): Promise<ReadMap> {
    const file = await openMp4(portOf(bytes));
    const tracks = this.#tracks(file);
    for (const kind of ['video', 'audio'] as const) {
      this.#options.announce(
        kind,
        tracks.some((track) => track.kind === kind),
      );
    }
    return { bytes, file };
  }

  /** Reads one segment. Throws MalformedError where it is neither MPEG-TS nor fragments of `map`. */
  async read(bytes: Buffer, map: ReadMap | undefined): Promise<WaitingUnit[]> {
    this.#units = [];
    if (map) await this.#fragments(bytes, map);
    else if (bytes[0] === TS_SYNC) {
      this.#ts.read(bytes);
      this.#ts.flush();
    } else throw new MalformedError('a segment that is neither MPEG-TS nor fragmented MP4', 0);
    const units = this.#units;
    this.#units = [];
    return inOrder(units);
  }

  async #fragments(bytes: Buffer, { bytes: head, file }: ReadMap): Promise<void> {
    const whole = Buffer.concat([head, bytes]);
    const tracks = new Map(this.#tracks(file).map((track) => [track.id, track] as const));
    for await (const { runs } of readFragments(portOf(whole), file, head.length)) {
      for (const run of runs) {
        const track = tracks.get(run.trackId);
        if (track) this.#run(whole, run, track);
      }
    }
  }

  #run(whole: Buffer, run: Run, { timescale, format }: TakenTrack): void {
    const ticks = (time: number): number => Math.round((time * TS_RATE) / timescale);
    const { codec } = format;
    for (const { offset, size, dts, pts, key } of run.samples) {
      const bytes = whole.subarray(offset, offset + size);
      const { sampleRate = 0, channels = 0 } = format as Partial<AudioFormat>;
      const unit = { start: 0, end: size, offset: ticks(pts - dts), key, sampleRate, channels };
      this.#units.push({ codec, format, bytes, unit, dts: ticks(dts) % WRAP });
    }
  }

  /** The first picture and the first sound that are carried. */
  #tracks(file: Mp4File): TakenTrack[] {
    return (['video', 'audio'] as const).flatMap((kind) => {
      const ofKind = file.tracks.filter((track) => track.kind === kind);
      const taken = ofKind.find((track): track is TakenTrack => this.#isTaken(track));
      if (!taken) for (const { sampleEntry } of ofKind) this.#foreign.add(sampleEntry);
      return taken ? [taken] : [];
    });
  }

  #isTaken({ format, timescale }: Mp4Track): boolean {
    return format !== undefined && timescale > 0 && this.#options.takes?.(format.codec) !== false;
  }
}

type TakenTrack = Mp4Track & { readonly format: Format };

function portOf(bytes: Buffer): RandomAccess {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** By decode time; those of one time stay as they came. Times that wrap within a segment are taken as they follow. */
function inOrder(units: readonly WaitingUnit[]): WaitingUnit[] {
  const first = units[0]?.dts ?? 0;
  const since = ({ dts }: WaitingUnit): number => {
    const apart = (dts - first) % WRAP;
    return apart > WRAP / 2 ? apart - WRAP : apart < -WRAP / 2 ? apart + WRAP : apart;
  };
  return units
    .map((unit) => ({ unit, at: since(unit) }))
    .sort((one, other) => one.at - other.at)
    .map(({ unit }) => unit);
}
