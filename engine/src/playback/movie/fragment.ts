import { ByteWriter } from '@nightjar/media/bytes';

/** A sample of a movie, times in ticks of its track. */
export interface MovieSample {
  readonly dts: number;
  readonly pts: number;
  readonly duration: number;
  readonly key: boolean;
  readonly payload: Buffer;
}

/** Samples of one track, in decode order, at least one. */
export interface MovieRun {
  readonly trackId: number;
  readonly samples: readonly MovieSample[];
}

/** Bytes of each box, with all in it (ISO/IEC 14496-12 8.8.4 to 8.8.8). */
const MFHD = 16;
const TFHD = 16;
const TFDT = 20;
const TRUN_HEAD = 20;
const TRUN_SAMPLE = 16;
const BOX_HEAD = 8;

const DEFAULT_BASE_IS_MOOF = 0x020000;
/** data-offset, sample duration, size, flags and composition time offset present. */
const TRUN_FLAGS = 0x000f01;
/** sample_depends_on 2, sync; sample_depends_on 1, sample_is_non_sync_sample (ISO/IEC 14496-12 8.8.3.1). */
const SYNC = 0x02000000;
const NON_SYNC = 0x01010000;

/** One movie fragment: `moof` and `mdat`, the runs' bytes one after the other. */
export function movieFragment(sequence: number, runs: readonly MovieRun[]): Buffer[] {
  const moofSize = runs.reduce((sum, run) => sum + trafSize(run), BOX_HEAD + MFHD);
  const out = new ByteWriter(moofSize + BOX_HEAD);
  let dataOffset = moofSize + BOX_HEAD;
  out.box('moof', () => {
    out.fullBox('mfhd', 0, 0, () => out.u32(sequence));
    for (const run of runs) {
      traf(out, run, dataOffset);
      dataOffset += bytesOf(run);
    }
  });
  out.u32(dataOffset - moofSize).ascii('mdat');
  return [out.finish(), ...runs.flatMap(({ samples }) => samples.map(({ payload }) => payload))];
}

function traf(out: ByteWriter, { trackId, samples }: MovieRun, dataOffset: number): void {
  out.box('traf', () => {
    out.fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, () => out.u32(trackId));
    out.fullBox('tfdt', 1, 0, () => out.u64(samples[0]!.dts));
    out.fullBox('trun', 1, TRUN_FLAGS, () => {
      out.u32(samples.length).u32(dataOffset);
      for (const { dts, pts, duration, key, payload } of samples) {
        out
          .u32(duration)
          .u32(payload.length)
          .u32(key ? SYNC : NON_SYNC)
          .u32((pts - dts) >>> 0);
      }
    });
  });
}

const trafSize = ({ samples }: MovieRun): number =>
  BOX_HEAD + TFHD + TFDT + TRUN_HEAD + TRUN_SAMPLE * samples.length;
const bytesOf = ({ samples }: MovieRun): number =>
  samples.reduce((sum, { payload }) => sum + payload.length, 0);
