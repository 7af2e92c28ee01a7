import type { Unit, VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { Frame } from 'node-av/lib';
import { type CodedSink, pictureSize, pixelAspect, type Session, type Tally } from '../backend.ts';
import { Decoding } from './decoding.ts';
import { type Choice, H264Coder } from './h264/index.ts';
import type { Av } from './library.ts';
import { OwnPictures } from './own-picture.ts';
import { Scaler } from './scaler.ts';

/** What is made of a track, and by which coder. */
export interface VideoWish {
  readonly format: VideoFormat;
  readonly target: VideoTarget;
  readonly sink: CodedSink;
  readonly choice: Choice;
}

/** Decodes, scales and codes anew. */
export function nativeVideo(av: Av, tally: Tally, { format, target, sink, choice }: VideoWish): Session {
  const pictures = new OwnPictures(av);
  const scaler = new Scaler(av);
  const coder = new H264Coder(av, tally, { choice, bitrate: target.bitrate });
  const show = async (frame: Frame, unit: Unit): Promise<void> => {
    const own = pictures.take(pictureSize(frame, pixelAspect(frame.sampleAspectRatio), target.width));
    try {
      await scaler.scale(frame, own.frame);
      const coded = await coder.encode(own.frame, unit.time / format.clockRate, unit.key);
      sink.coded({ ...coded, time: unit.time, arrival: unit.arrival });
    } finally {
      pictures.give(own);
    }
  };
  const free = (): void => {
    coder.free();
    scaler.free();
    pictures.free();
  };
  return new Decoding(av, tally, { format, show, free, failed: (message) => sink.failed(message) });
}
