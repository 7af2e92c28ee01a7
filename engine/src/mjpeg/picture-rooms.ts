import type { Clock } from '@nightjar/media/stream';
import type { Vision } from '../vision/index.ts';
import { LiveStills } from './live-stills.ts';
import { PictureHubs } from './picture-hubs.ts';
import { RecordedStills, type RecordedStillsOptions } from './recorded-stills.ts';

/** Those who make pictures. */
export interface PictureRooms {
  readonly hubs: PictureHubs;
  readonly stills: LiveStills;
  readonly recorded: RecordedStills;
}

/** Pictures made by `vision`; nothing runs until somebody asks. */
export function pictureRooms(
  vision: Vision,
  { clock, footage }: { clock: Pick<Clock, 'utc'>; footage: RecordedStillsOptions['footage'] },
): PictureRooms {
  const hubs = new PictureHubs(vision);
  const stills = new LiveStills({ vision, hubs, clock });
  return { hubs, stills, recorded: new RecordedStills({ vision, footage }) };
}
