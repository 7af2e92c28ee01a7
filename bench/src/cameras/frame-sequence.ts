import { outputOf } from '@nightjar/e2e/harness';

/** What became of the pictures of a looping film on their way into footage. */
export interface SequenceFacts {
  readonly frames: number;
  /** Pictures of the film that are missing between the first and the last one. */
  readonly lost: number;
  /** Pictures that are none of the film. */
  readonly foreign: number;
}

/** Slices alone: containers write parameter sets and delimiters where they like. */
const SLICES = 'filter_units=pass_types=1|5';

/** Hash of each picture as it was coded, in the order of decoding. */
async function codedPictures(before: readonly string[], file: string, filters: string): Promise<string[]> {
  const copy = ['-map', '0:v', '-c', 'copy', '-bsf:v', filters, '-f', 'framehash', '-hash', 'md5', '-'];
  const text = (
    await outputOf('ffmpeg', ['-nostdin', '-v', 'error', ...before, '-i', file, ...copy])
  ).toString();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.slice(line.lastIndexOf(',') + 1).trim());
}

/** The pictures of a film in Annex B, each known by its coded bytes. */
export class Film {
  readonly #indexes: ReadonlyMap<string, number>;

  private constructor(indexes: ReadonlyMap<string, number>) {
    this.#indexes = indexes;
  }

  /** Throws when two of its pictures are alike, for then nobody could tell which one came. */
  static async read(file: string): Promise<Film> {
    const pictures = await codedPictures(['-f', 'h264'], file, SLICES);
    const indexes = new Map(pictures.map((hash, index) => [hash, index]));
    if (indexes.size !== pictures.length) throw new Error(`${file} shows a picture twice`);
    return new Film(indexes);
  }

  /** What is in files of footage that belong together, oldest first. */
  async sequenceIn(files: readonly string[]): Promise<SequenceFacts> {
    const found = await Promise.all(
      files.map((file) => codedPictures([], file, `h264_mp4toannexb,${SLICES}`)),
    );
    return this.sequenceOf(found.flat());
  }

  /** By the hashes of the pictures that came. */
  sequenceOf(hashes: readonly string[]): SequenceFacts {
    const length = this.#indexes.size;
    let [lost, foreign] = [0, 0];
    let last: number | undefined;
    for (const hash of hashes) {
      const index = this.#indexes.get(hash);
      if (index === undefined) {
        foreign++;
        continue;
      }
      // A picture that comes twice counts as a whole round lost.
      if (last !== undefined) lost += (index - last - 1 + length) % length;
      last = index;
    }
    return { frames: hashes.length, lost, foreign };
  }
}
