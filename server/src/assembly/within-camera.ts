import type { DesiredStream } from '@nightjar/contract/link';
import type { Rooms } from './rooms.ts';

/** In a stream's place another one is looked at only where both are of one camera: rights are given by camera. */
export function withinCameras(
  streams: readonly DesiredStream[],
  cameras: Pick<Rooms['cameras'], 'ownerOf'>,
): Promise<DesiredStream[]> {
  return Promise.all(
    streams.map(async (stream) => {
      if (stream.inference?.look_at === undefined) return stream;
      const { look_at: other, ...inference } = stream.inference;
      const [mine, theirs] = await Promise.all([stream.id, other].map((id) => cameras.ownerOf(id)));
      return mine !== undefined && mine === theirs ? stream : { ...stream, inference };
    }),
  );
}
