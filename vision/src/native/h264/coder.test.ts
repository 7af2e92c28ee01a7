import { expect, it } from 'vitest';
import { PixelError, type Tally } from '../../backend.ts';
import { loadLibrary } from '../library.ts';
import { Choice } from './choice.ts';
import { H264Coder } from './coder.ts';
import { HARDWARE, type Kind, kindOf } from './kinds.ts';

const av = loadLibrary();

/** A grey picture of our own. */
function pictureOf(width: number, height: number) {
  const frame = new av.lib.Frame();
  frame.alloc();
  [frame.width, frame.height, frame.format] = [width, height, av.constants.AV_PIX_FMT_YUV420P];
  if (frame.allocBuffer() < 0) throw new PixelError('out of memory');
  for (const plane of frame.data ?? []) plane.fill(100);
  return frame;
}

const choiceOf = (kinds: readonly Kind[]) =>
  new Choice({ kinds, devices: async () => ['nvidia0', 'dri/renderD128'], tryOut: async () => true });

it.each(HARDWARE)(
  'where $name is chosen and does not open, the library codes, from the first picture on',
  async (kind) => {
    const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };
    const coder = new H264Coder(av, tally, { choice: choiceOf([kind]), bitrate: 500_000 });
    const coded = [];
    for (const [i, width] of [320, 320, 640].entries()) {
      const frame = pictureOf(width, 240);
      coded.push(await coder.encode(frame, i / 25));
      frame.free();
    }
    expect(coded.map(({ key }) => key)).toEqual([true, false, true]);
    expect(tally.encoded).toBe(3);
    coder.free();
  },
);

it('what takes interleaved pictures is given them', async () => {
  // The library's own coder stands for one that takes no planes of chroma.
  const kind: Kind = { ...kindOf('libx264')!, devices: /nvidia/, takes: 'nv12' };
  const coder = new H264Coder(av, { decoders: 0, decoded: 0, encoded: 0 }, { choice: choiceOf([kind]) });
  const frame = pictureOf(320, 240);
  expect(await coder.encode(frame, 0)).toMatchObject({ key: true });
  expect(await coder.encode(frame, 0.04)).toMatchObject({ key: false });
  frame.free();
  coder.free();
});
