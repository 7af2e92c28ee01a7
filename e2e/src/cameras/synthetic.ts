import { Program } from '../harness/program.ts';
import { REPOSITORY } from '../harness/repository.ts';

const CLIPS = ['yard', 'door'] as const;
/** Milliseconds from one camera's clock to the next one's, so that their key frames do not coincide. */
const PHASE_STEP = 370;

export interface SyntheticCamerasOptions {
  readonly count: number;
  /** A file made by `media/testdata/make-clips.sh` for every camera; by default yard and door in turn. */
  readonly clip?: string;
  /** In datagrams as well. */
  readonly manyWays?: boolean;
}

/** The product's synthetic cameras, in a process of their own as real ones would be. */
export class SyntheticCameras implements AsyncDisposable {
  readonly program: Program;
  readonly urls: readonly string[];
  /** What each camera shows. */
  readonly clips: readonly string[];

  private constructor(program: Program, urls: readonly string[], clips: readonly string[]) {
    this.program = program;
    this.urls = urls;
    this.clips = clips;
  }

  static async start({ count, clip, manyWays }: SyntheticCamerasOptions): Promise<SyntheticCameras> {
    const names = Array.from({ length: count }, (_, index) => `cam-${index}`);
    const clips = names.map((_, index) => clip ?? CLIPS[index % CLIPS.length]!);
    const cameras = names.flatMap((name, index) => [
      '--camera',
      `${name}=${clips[index]},phase=${(index * PHASE_STEP) / 1000}`,
    ]);
    const program = await Program.start({
      name: 'synthetic cameras',
      command: process.execPath,
      args: ['media/src/testing/cli.ts', '--port', '0', ...(manyWays ? ['--many-ways'] : []), ...cameras],
      cwd: REPOSITORY,
    });
    const [, port] = await program.line(/rtsp:\/\/[^/]*:(\d+)\//, 15_000);
    return new SyntheticCameras(
      program,
      names.map((name) => `rtsp://127.0.0.1:${port}/${name}`),
      clips,
    );
  }

  /** What the clock in a camera's picture shows at `utc`, in milliseconds of the minute. */
  clockAt(index: number, utc: number): number {
    return (utc - index * PHASE_STEP) % 60_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
