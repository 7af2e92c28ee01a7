import type { PixelBackend, Tally } from '../backend.ts';
import { CommandBlur } from './blur.ts';
import { checkProgram } from './child.ts';
import { CommandPictures } from './pictures.ts';
import { CommandSamples } from './samples.ts';
import { CommandSound } from './sound.ts';
import { commandStill } from './still.ts';
import { CommandVideo } from './video.ts';

export { CommandContainer } from './container.ts';

/** Pixels by the `ffmpeg` program of the system. Throws PixelError when it cannot be run. */
export async function commandBackend(tally: Tally, program = 'ffmpeg'): Promise<PixelBackend> {
  await checkProgram(program);
  return {
    name: 'command',
    still: (request) => commandStill(program, tally, request),
    pictures: (format, sink) => new CommandPictures(program, tally, format, sink),
    blur: (format, cover, sink) => new CommandBlur(program, tally, { format, cover, sink }),
    video: (format, target, sink) => new CommandVideo(program, tally, { format, target, sink }),
    samples: (format, wanted, sink) => new CommandSamples(program, tally, { format, wanted, sink }),
    sound: (format, target, sink) => new CommandSound(program, tally, format, target, sink),
  };
}
