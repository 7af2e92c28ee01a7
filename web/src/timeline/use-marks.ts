import { useQuery } from '@tanstack/react-query';
import type { Activity, BookmarkList, ListOf } from '../api/types.ts';
import { useSession } from '../session/session.ts';
import { formatClock } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import type { Visible } from './visible.ts';

/** Something at a moment of a track, or over a part of it. UTC milliseconds. */
export interface Mark {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly kind: 'bookmark' | 'event' | 'problem';
  readonly label: string;
}

/** What happens all the time, or is about no moment of the picture. */
const NO_MARK =
  /^(segment|viewer|consumer|bookmark|snapshot|push|job)\.|^stream\.(created|updated|connecting|ready)$|^detection\.(updated|ended)$/;
const WORDS: Readonly<Record<string, string>> = t.activity.types;
const MOST = 500;

/** Events of a camera as marks. */
export const eventMarks = (items: readonly Activity[]): readonly Mark[] =>
  items
    .filter(({ kind, type }) => kind === 'event' && !NO_MARK.test(type))
    .map(({ id, at, type, severity, message }) => {
      const moment = Date.parse(at);
      const words = [formatClock(moment), WORDS[type] ?? type, message].filter((one) => one !== null);
      return {
        ...{ key: id, from: moment, to: moment, label: words.join(' · ') },
        kind: severity === 'info' ? 'event' : 'problem',
      };
    });

/** Bookmarks of a camera as marks: the part that each keeps. */
export const bookmarkMarks = (bookmarks: BookmarkList['bookmarks']): readonly Mark[] =>
  bookmarks.map(({ id, center_timestamp, before_seconds, after_seconds, label }) => {
    const center = Date.parse(center_timestamp);
    return {
      key: id,
      from: center - before_seconds * 1_000,
      to: center + after_seconds * 1_000,
      kind: 'bookmark',
      label: `${formatClock(center)} · ${label || t.captures.bookmark}`,
    };
  });

/** What stands on the track of a camera in a time, as far as it may be known. */
export function useMarks(id: string, { from, to }: Visible): readonly Mark[] {
  const { api, can } = useSession();
  const [start, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const events = useQuery({
    queryKey: ['marks', id, 'events', from, to],
    queryFn: ({ signal }) =>
      api.get<ListOf<Activity>>('/api/v1/dashboard/activity', {
        query: { camera_id: id, from: start, to: end, limit: MOST },
        signal,
      }),
    enabled: can('cameras:read', id),
    refetchInterval: 15_000,
    placeholderData: (before) => before,
  });
  const bookmarks = useQuery({
    queryKey: ['marks', id, 'bookmarks', from, to],
    queryFn: ({ signal }) =>
      api.get<BookmarkList>(`/v2/streams/${encodeURIComponent(id)}/bookmarks`, {
        query: { start_time: start, end_time: end, limit: MOST },
        signal,
      }),
    enabled: can('bookmarks:read', id),
    refetchInterval: 15_000,
    placeholderData: (before) => before,
  });
  return [...bookmarkMarks(bookmarks.data?.bookmarks ?? []), ...eventMarks(events.data?.items ?? [])];
}
