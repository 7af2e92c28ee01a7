import type { Frame } from 'node-av/lib';
import { type Picture, PixelError, type StillRequest, type Tally } from '../backend.ts';
import { Decoder } from './decoder.ts';
import { JpegEncoder } from './jpeg-encoder.ts';
import type { Av } from './library.ts';

/** Decodes the units and makes a JPEG of the picture shown at the wanted time. Throws PixelError. */
export async function nativeStill(
  av: Av,
  tally: Tally,
  request: StillRequest,
): Promise<Picture & { time: number }> {
  const { format, units, at = Number.POSITIVE_INFINITY } = request;
  const decoder = await Decoder.open(av, tally, format);
  const encoder = new JpegEncoder(av, tally, request);
  const chosen = new av.lib.Frame();
  chosen.alloc();
  let time: number | undefined;
  const keep = async (frame: Frame, number: number): Promise<void> => {
    const shown = units[number]?.time;
    // Frames come in the order in which they are shown; one that is too late serves when there is none before.
    if (shown === undefined || (shown > at && time !== undefined)) return;
    chosen.unref();
    if (chosen.ref(frame) < 0) throw new PixelError('out of memory');
    time = shown;
  };
  try {
    for (const [number, unit] of units.entries()) await decoder.decode(unit.data, number, keep);
    await decoder.drain(keep);
    if (time === undefined) throw new PixelError('these frames make no picture');
    return { ...(await encoder.encode(chosen)), time };
  } finally {
    chosen.free();
    encoder.free();
    decoder.free();
  }
}
