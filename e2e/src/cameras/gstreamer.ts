import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../harness/eventually.ts';
import { Program } from '../harness/program.ts';

const SCRIPT = fileURLToPath(new URL('./gstreamer_camera.py', import.meta.url));

export interface GstreamerCameraOptions {
  readonly user?: string;
  readonly password?: string;
  readonly size?: { width: number; height: number };
  readonly fps?: number;
  /** Frames from one key frame to the next. */
  readonly gop?: number;
  readonly audio?: boolean;
}

/** GStreamer's RTSP server in its own process: H.264 by x264enc, AAC by voaacenc, digest authentication. */
export class GstreamerCamera implements AsyncDisposable {
  readonly program: Program;
  /** With credentials when the camera wants them. */
  readonly url: string;
  readonly #plays: number[] = [];

  private constructor(program: Program, url: string) {
    this.program = program;
    this.url = url;
    program.watch((line) => {
      if (line.includes('"play"')) this.#plays.push(monotonicMs());
    });
  }

  static async start(options: GstreamerCameraOptions = {}): Promise<GstreamerCamera> {
    const size = options.size ?? { width: 640, height: 480 };
    const args = [
      ...['--size', `${size.width}x${size.height}`],
      ...['--fps', String(options.fps ?? 25), '--gop', String(options.gop ?? 25)],
      ...(options.user ? ['--user', options.user, '--password', options.password ?? ''] : []),
      ...(options.audio === false ? ['--no-audio'] : []),
    ];
    // Debian's interpreter, not whichever is first in PATH: it has the gi bindings.
    const program = await Program.start({
      name: 'gstreamer camera',
      command: '/usr/bin/python3',
      args: [SCRIPT, ...args],
    });
    const [, port] = await program.line(/"listening", "port": (\d+)/, 15_000);
    const secret = encodeURIComponent(options.password ?? '');
    const user = options.user ? `${options.user}:${secret}@` : '';
    return new GstreamerCamera(program, `rtsp://${user}127.0.0.1:${port}/test`);
  }

  /** When each client's PLAY was answered, by `monotonicMs`; the first key frame follows at once. */
  get plays(): readonly number[] {
    return this.#plays;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
