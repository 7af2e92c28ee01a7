import { DETAIL_SEGMENTS, type StreamDetail } from '@nightjar/contract/manager';
import type { StreamView } from '../../../streams/index.ts';
import { detail } from '../present.ts';
import type { ManagerRooms } from '../rooms.ts';

/** Everything of one stream, gathered from the rooms that know it. */
export async function wholeStream(rooms: ManagerRooms, view: StreamView): Promise<StreamDetail> {
  const { streams, recordings, settings } = rooms;
  const { id } = view.stream;
  return detail({
    view,
    activity: recordings.activity(id),
    listing: await recordings.list({ streamId: id, originals: false, limit: DETAIL_SEGMENTS, offset: 0 }),
    errors: await streams.errors(id),
    defaults: settings.config.recording,
  });
}
