import type { StreamSummary } from '../api/types.ts';
import { playable } from '../streams/stream-state.ts';

/** Behind the name of a camera: its small picture, which walls show in the place of the large one. */
export const SUB_SUFFIX = '-sub';

/** The streams that stand for cameras: small pictures of others are none of their own. */
export function mainStreams<S extends Pick<StreamSummary, 'id'>>(streams: readonly S[]): readonly S[] {
  const ids = new Set(streams.map(({ id }) => id));
  return streams.filter(({ id }) => !(id.endsWith(SUB_SUFFIX) && ids.has(id.slice(0, -SUB_SUFFIX.length))));
}

/** What a tile shows of a camera: its small picture where there is one that plays, else the large one. */
export function pictureFor(
  stream: StreamSummary,
  streams: readonly StreamSummary[],
  large: boolean,
): StreamSummary {
  const sub = large ? undefined : streams.find(({ id }) => id === `${stream.id}${SUB_SUFFIX}`);
  return sub && playable(sub) ? sub : stream;
}
