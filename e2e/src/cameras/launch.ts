import { fileURLToPath } from 'node:url';
import { Program } from '../harness/program.ts';

const SCRIPT = fileURLToPath(new URL('./launch_camera.py', import.meta.url));

/** GStreamer's RTSP server in its own process, playing what a launch line makes. */
export class LaunchCamera implements AsyncDisposable {
  readonly program: Program;
  readonly url: string;

  private constructor(program: Program, url: string) {
    this.program = program;
    this.url = url;
  }

  /** `line`: elements of GStreamer, with one payloader `pay0` for each track on. */
  static async start(line: string): Promise<LaunchCamera> {
    // Debian's interpreter, not whichever is first in PATH: it has the gi bindings.
    const program = await Program.start({
      name: 'launch camera',
      command: '/usr/bin/python3',
      args: [SCRIPT, `( ${line} )`],
    });
    const [, port] = await program.line(/"listening", "port": (\d+)/, 15_000);
    return new LaunchCamera(program, `rtsp://127.0.0.1:${port}/test`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
