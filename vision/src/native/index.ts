import type { PixelBackend, Tally } from '../backend.ts';
import { NativeBlur } from './blur.ts';
import { Choice, HARDWARE, tryOut, videoDevices } from './h264/index.ts';
import { loadLibrary } from './library.ts';
import { NativePictures } from './pictures.ts';
import { nativeSamples } from './samples.ts';
import { NativeSound } from './sound.ts';
import { nativeStill } from './still.ts';
import { nativeVideo } from './video.ts';

/**
 * Pixels by node-av, in this process; coded by a device where one does, unless `hardware` is false. Throws PixelError
 * when it cannot be loaded here.
 */
export function nativeBackend(tally: Tally, hardware = true): PixelBackend {
  const av = loadLibrary();
  const choice = new Choice({ kinds: hardware ? HARDWARE : [], devices: videoDevices, tryOut });
  return {
    name: 'native',
    still: (request) => nativeStill(av, tally, request),
    pictures: (format, sink) => new NativePictures(av, tally, format, sink),
    blur: (format, cover, sink) => new NativeBlur(av, tally, { format, cover, sink, choice }),
    video: (format, target, sink) => nativeVideo(av, tally, { format, target, sink, choice }),
    samples: (format, wanted, sink) => nativeSamples(av, tally, { format, wanted, sink }),
    sound: (format, target, sink) => new NativeSound(av, tally, format, target, sink),
  };
}
