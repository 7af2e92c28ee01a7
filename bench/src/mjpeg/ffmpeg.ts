import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process for each viewer that decodes the camera and writes JPEGs, as the proxy's document describes. */
export class FfmpegViewers implements AsyncDisposable {
  readonly pictures: number[];
  readonly #children: ChildProcess[];

  constructor(url: string, count: number) {
    this.pictures = Array.from({ length: count }, () => 0);
    this.#children = this.pictures.map((_, index) => {
      const input = ['-nostdin', '-loglevel', 'error', '-threads', '1', '-rtsp_transport', 'tcp', '-i', url];
      const output = ['-an', '-c:v', 'mjpeg', '-q:v', '6', '-f', 'mpjpeg', 'pipe:1'];
      const child = spawn('ffmpeg', [...input, ...output], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.on('data', (bytes: Buffer) => {
        for (let at = bytes.indexOf(HEADER); at >= 0; at = bytes.indexOf(HEADER, at + 1))
          this.pictures[index]!++;
      });
      return child;
    });
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      }),
    );
  }
}

const HEADER = Buffer.from('Content-type: image/jpeg');
