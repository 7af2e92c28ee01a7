import type { Clock } from '@nightjar/media/stream';
import type { Vision } from '../vision/index.ts';
import { LiveStills } from './live-stills.ts';
import { PictureHubs } from './picture-hubs.ts';

/** Those who make pictures of live streams. */
export interface PictureRooms {
  readonly hubs: PictureHubs;
  readonly stills: LiveStills;
}

/** Pictures made by `vision`; nothing runs until somebody asks. */
export function pictureRooms(vision: Vision, clock: Pick<Clock, 'utc'>): PictureRooms {
  const hubs = new PictureHubs(vision);
  return { hubs, stills: new LiveStills({ vision, hubs, clock }) };
}
