import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { footageBytes, Program } from '@nightjar/e2e/harness';
import { ifAlive } from '../measure/cpu.ts';
import { freePort } from '../product/free-port.ts';
import { Product } from '../product/product.ts';
import type { Recording } from '../record/contender.ts';

/** Something that takes RTMP publishers and records them. */
export interface RtmpContender {
  readonly name: string;
  /** Waits for `count` publishers; `urls` are where they come. */
  open(count: number): Promise<Recording & { readonly urls: readonly string[] }>;
}

/** This product with everything it does for a recorded stream: index and live parts included. */
export const nightjar: RtmpContender = {
  name: 'nightjar',
  async open(count) {
    const product = await Product.start();
    try {
      const ids = Array.from({ length: count }, (_, index) => `bench-${index}`);
      const urls: string[] = [];
      for (const id of ids) {
        await product.api.addStream({ id, source_url: 'publish:', recording: { enabled: true } });
        const { key } = (await product.api.expect(200, 'GET', `/api/streams/${id}/publish-key`)) as {
          key: string;
        };
        urls.push(`rtmp://127.0.0.1:${await product.port('rtmp')}/live/${key}`);
      }
      return {
        urls,
        parts: await product.parts(),
        footage: () => Promise.all(ids.map((id) => footageBytes(product.dataDir, id))),
        [Symbol.asyncDispose]: () => product[Symbol.asyncDispose](),
      };
    } catch (error) {
      await product[Symbol.asyncDispose]();
      throw error;
    }
  },
};

function listenArguments(url: string, pattern: string): string[] {
  const segments = ['-f', 'segment', '-segment_time', '600', '-reset_timestamps', '1'];
  const format = ['-segment_format', 'mp4', '-segment_format_options', 'movflags=frag_keyframe+empty_moov'];
  return [
    '-nostdin',
    '-v',
    'error',
    '-listen',
    '1',
    '-i',
    url,
    '-c',
    'copy',
    ...segments,
    ...format,
    pattern,
  ];
}

/** One ffmpeg a publisher, listening and copying into fragmented MP4. */
export const ffmpeg: RtmpContender = {
  name: 'ffmpeg -listen',
  async open(count) {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-rtmp-'));
    const programs: Program[] = [];
    const urls: string[] = [];
    for (let index = 0; index < count; index++) {
      const url = `rtmp://127.0.0.1:${await freePort()}/live/x`;
      const args = listenArguments(url, join(folder, `${index}-%03d.mp4`));
      programs.push(await Program.start({ name: `ffmpeg ${index}`, command: 'ffmpeg', args }));
      urls.push(url);
    }
    const sizeOf = (index: number) =>
      ifAlive(
        stat(join(folder, `${index}-000.mp4`)).then(({ size }) => size),
        0,
      );
    return {
      urls,
      parts: { ffmpeg: programs.map(({ pid }) => pid) },
      footage: () => Promise.all(urls.map((_url, index) => sizeOf(index))),
      async [Symbol.asyncDispose]() {
        await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
