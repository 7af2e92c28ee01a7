import { flvFileHeader, flvFraming } from '@nightjar/media/flv';
import type { Track } from '@nightjar/media/stream';
import { holdOf } from '../live/index.ts';
import { FlvSession } from '../viewers/index.ts';
import { DoorError } from './door-error.ts';
import { beginEndless, type EndlessRequest } from './endless.ts';

export const FLV_TYPE = 'video/x-flv';

/**
 * Endless FLV over HTTP, written a frame at a time (`parts=200`: each 200 ms), beginning with the frames since the last
 * key frame. A source that comes back goes on in the same answer; another codec ends it. Throws ViewerLimitError, and
 * DoorError for what FLV cannot carry, before anything is written.
 */
export function serveFlv(request: EndlessRequest): void {
  const { stream, query } = request;
  const { tracks } = stream.media;
  if (!tracks.some(({ format }) => format.codec.flv)) {
    const names = tracks.map(({ format }) => format.codec.name).join(' and ');
    throw new DoorError(422, `FLV cannot carry ${names}`);
  }
  const { outlet, viewer, joined } = beginEndless(request, { protocol: 'flv', type: FLV_TYPE });
  joined(stream.flv.of(flvFraming, holdOf(query)).join(new FlvFileSession(outlet, viewer)));
}

/** What a file begins with stands in front of the first headers. */
class FlvFileSession extends FlvSession {
  #begun = false;

  override onHeaders(messages: readonly Buffer[], tracks: readonly Track[]): void {
    super.onHeaders(this.#begun ? messages : [flvFileHeader(tracks), ...messages], tracks);
    this.#begun = true;
  }
}
