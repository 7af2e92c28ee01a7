import { MalformedError } from '@nightjar/media/bytes';
import { openMp4 } from '@nightjar/media/mp4';
import { readDescription } from '../recorder/index.ts';
import type { Library } from './library.ts';
import { PlaybackRefusal } from './refusal.ts';
import type { FootageHandle } from './store.ts';

/** What footage is found by. */
export type Footage = Pick<Library, 'find' | 'open'>;

/** The same footage for somebody who may not see originals: files that do not say of themselves that they are covered are not there. */
export function coveredFootage(footage: Footage): Footage {
  return {
    async find(streamId, range) {
      const covered = (await footage.find(streamId, range)).filter((segment) => segment.covered);
      if (covered.length === 0) throw new PlaybackRefusal(404, 'no footage in this range that you may see');
      return covered;
    },
    async open(streamId, name) {
      const handle = await footage.open(streamId, name);
      try {
        if (await saysCovered(handle)) return handle;
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
      throw new PlaybackRefusal(404, 'no such recording');
    },
  };
}

async function saysCovered(handle: FootageHandle): Promise<boolean> {
  try {
    const { description } = await openMp4(handle);
    return description !== undefined && readDescription(description)?.covered === true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
