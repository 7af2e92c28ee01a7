import type { Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { fittedSize, type SampleSink, type SamplesWish, type Session, type Tally } from '../backend.ts';
import { Rate } from '../rate.ts';
import { Decoding } from './decoding.ts';
import type { Av } from './library.ts';
import { OwnPictures } from './own-picture.ts';
import { Scaler } from './scaler.ts';

/** Decodes, and hands out the samples of as many pictures as are wanted. */
export function nativeSamples(
  av: Av,
  tally: Tally,
  { format, wanted, sink }: { format: VideoFormat; wanted: SamplesWish; sink: SampleSink },
): Session {
  const rate = new Rate(wanted.fps);
  const pictures = new OwnPictures(av);
  const scaler = new Scaler(av);
  const show = async (frame: Frame, unit: Unit): Promise<void> => {
    if (!rate.due(unit.time / format.clockRate)) return;
    const own = pictures.take(fittedSize(frame, wanted));
    try {
      await scaler.scale(frame, own.frame);
      sink.picture(own.samples, unit);
    } finally {
      pictures.give(own);
    }
  };
  const free = (): void => {
    scaler.free();
    pictures.free();
  };
  return new Decoding(av, tally, { format, show, free, failed: (message) => sink.failed(message) });
}
