import type { Unit } from '@nightjar/contract/vision';
import { type Picture, PixelError, type StillRequest, type Tally } from '../backend.ts';
import { PictureRow } from './picture-row.ts';

/** Decodes the units and keeps the picture shown at the wanted time. Throws PixelError. */
export async function commandStill(
  program: string,
  tally: Tally,
  request: StillRequest,
): Promise<Picture & { time: number }> {
  const { format, units, at = Number.POSITIVE_INFINITY } = request;
  let chosen: (Picture & { time: number }) | undefined;
  let words = 'these frames make no picture';
  const take = (picture: Picture, { time }: Unit): void => {
    tally.decoded++;
    if (time <= at || !chosen) chosen = { ...picture, time };
  };
  const row = new PictureRow({
    program,
    format,
    wanted: request,
    onPicture: take,
    onEnd: (message) => {
      words = message;
    },
  });
  tally.decoders++;
  try {
    for (const unit of units) await row.push(unit);
    await row.finish();
  } finally {
    tally.decoders--;
    await row.close();
  }
  if (!chosen) throw new PixelError(words);
  tally.encoded++;
  return chosen;
}
