import type { Event } from '../../../events/index.ts';
import type { News } from '../../../events/webhooks/index.ts';
import { DomainError } from '../../../kernel/index.ts';
import { shownBookmark } from '../bookmarks/present.ts';
import type { PartnerRooms } from '../rooms.ts';
import { shownSnapshot } from '../snapshots/present.ts';
import { wordOf } from '../streams/present.ts';

type Look = (event: Event) => (() => Promise<News | undefined>) | undefined;

/** What is gone by now is nothing to tell of. */
async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof DomainError && error.status === 404) return undefined;
    throw error;
  }
}

/** What happens, in S4's words; undefined is of no concern to partners. */
function looks({ bookmarks, snapshots, streams }: PartnerRooms): Look {
  const ofBookmark = async (type: 'bookmark.ready' | 'bookmark.failed', id: string) => {
    const bookmark = await unlessGone(bookmarks.get(id));
    if (!bookmark) return undefined;
    const about = { type, stream_id: bookmark.streamId, data: shownBookmark(bookmark) } as const;
    return { owner: bookmark.owner, event: about };
  };
  const ofSnapshot = async (type: 'snapshot.ready' | 'snapshot.failed', id: string) => {
    const snapshot = await unlessGone(snapshots.get(id));
    if (!snapshot) return undefined;
    const about = { type, stream_id: snapshot.streamId, data: shownSnapshot(snapshot) } as const;
    return { owner: snapshot.owner, event: about };
  };
  return (event) => {
    const { type } = event;
    if (type === 'bookmark.ready' || type === 'bookmark.failed')
      return () => ofBookmark(type, event.bookmark_id);
    if (type === 'snapshot.ready' || type === 'snapshot.failed')
      return () => ofSnapshot(type, event.snapshot_id);
    const told = consumerNews(event) ?? stateNews(event);
    // The engine says of a stream that was removed that it has stopped.
    return told && (async () => (await unlessGone(streams.get(told.event.stream_id))) && told);
  };
}

function consumerNews(event: Event): News | undefined {
  if (event.type !== 'consumer.connected' && event.type !== 'consumer.closed') return undefined;
  const { type, stream_id, consumer_id: id, who: owner } = event;
  const now =
    event.type === 'consumer.closed'
      ? ({ state: 'CLOSED', reason: event.reason } as const)
      : ({ state: 'CONNECTED', reason: null } as const);
  return { owner, event: { type, stream_id, data: { id, ...now } } };
}

function stateNews(event: Event): News | undefined {
  if (!('state' in event) || event.type === 'push.state') return undefined;
  const { stream_id, state } = event;
  return { owner: null, event: { type: 'stream.state', stream_id, data: { state: wordOf(state) } } };
}

/** Partners' webhooks are told what happens; the answer ends it. */
export function tellWebhooks(rooms: PartnerRooms): () => void {
  const look = looks(rooms);
  return rooms.events.listen((event) => {
    if (event.type === 'stream.removed') rooms.webhooks.streamRemoved(event.stream_id);
    const found = look(event);
    if (found) rooms.webhooks.tell(found);
  });
}
