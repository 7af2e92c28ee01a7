import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark as Mark, Play } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Bookmark, BookmarkList } from '../api/types.ts';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Pager } from '../controls/pager.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useFetched } from '../pictures/use-fetched.ts';
import { useSession } from '../session/session.ts';
import { formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { Picture } from './picture.tsx';

const LIMIT = 24;

/** Clips around moments that somebody, or a program, found worth keeping. */
export function BookmarksGrid({ camera }: { camera: string }) {
  const { api, can } = useSession();
  const [tag, setTag] = useState('');
  const [offset, setOffset] = useState(0);
  const [open, setOpen] = useState<Bookmark | null>(null);
  const query = { limit: LIMIT, offset, tag: tag.trim() };
  const list = useQuery({
    queryKey: ['bookmarks', camera, query],
    queryFn: ({ signal }) =>
      api.get<BookmarkList>(`/v2/streams/${encodeURIComponent(camera)}/bookmarks`, { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-end gap-2">
        {can('bookmarks:write', camera) && <NewBookmark camera={camera} />}
        <input
          type="search"
          className="!w-40"
          aria-label={t.captures.tag}
          placeholder={t.captures.tag}
          value={tag}
          onChange={(event) => {
            setTag(event.target.value);
            setOffset(0);
          }}
        />
      </div>
      <QueryState query={list} empty={list.data?.total === 0 ? t.captures.noBookmarks : null}>
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(240px,100%),1fr))] gap-3">
          {list.data?.bookmarks.map((bookmark) => (
            <BookmarkCard key={bookmark.id} bookmark={bookmark} onOpen={() => setOpen(bookmark)} />
          ))}
        </ul>
        <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
      </QueryState>
      {open && (
        <Dialog title={open.label || t.captures.bookmark} onClose={() => setOpen(null)} wide>
          <Clip url={open.video_url} />
        </Dialog>
      )}
    </div>
  );
}

function Clip({ url }: { url: string }) {
  const shown = useFetched(url);
  if (shown.missing) return <p role="alert">{t.recorded.fault.network}</p>;
  return (
    <video
      className="aspect-video w-full bg-picture"
      src={shown.url ?? undefined}
      controls
      autoPlay
      muted
      playsInline
    />
  );
}

function NewBookmark({ camera }: { camera: string }) {
  const { api } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const [label, setLabel] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.run(async () => {
      const path = `/v2/streams/${encodeURIComponent(camera)}/bookmarks`;
      await api.post(path, { source: 'live', label: label.trim() });
      setLabel('');
      await client.invalidateQueries({ queryKey: ['bookmarks', camera] });
    });
  };
  return (
    <form className="flex flex-wrap items-center gap-2" onSubmit={submit}>
      <input
        className="!w-56"
        aria-label={t.captures.label}
        placeholder={t.captures.label}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={action.busy} data-part="new-bookmark">
        <Mark className="icon" aria-hidden="true" />
        {t.captures.markNow}
      </button>
      <Problem text={action.problem} />
    </form>
  );
}

function BookmarkCard({ bookmark, onOpen }: { bookmark: Bookmark; onOpen: () => void }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const { id, label, status, tags, stream_id, duration_seconds } = bookmark;
  const title = label || t.captures.bookmark;
  return (
    <li className="overflow-hidden rounded-box border border-line bg-surface" data-bookmark={status}>
      <Picture url={status === 'ready' ? bookmark.thumbnail_url : null} note={t.captures.states[status]} />
      <div className="grid gap-1 p-2.5">
        <span className="truncate font-semibold" title={title}>
          {title}
        </span>
        <span className="text-faint">
          {formatTime(bookmark.center_timestamp, new Date())}
          {duration_seconds !== null && ` · ${formatDuration(duration_seconds)}`}
        </span>
        {bookmark.error !== null && <span className="text-bad">{bookmark.error}</span>}
        <span className="flex flex-wrap gap-1">
          {tags.map((tag) => (
            <span key={tag} className="pill">
              {tag}
            </span>
          ))}
        </span>
        <span className="flex gap-1">
          {status === 'ready' && <IconButton icon={Play} label={t.recorded.play} onClick={onOpen} />}
          {can('bookmarks:write', stream_id) && (
            <RemoveButton
              title={t.captures.removeTitle(title)}
              text={t.captures.removeText}
              act={async () => {
                await api.delete(`/v2/bookmarks/${id}`);
                await client.invalidateQueries({ queryKey: ['bookmarks', stream_id] });
              }}
            />
          )}
        </span>
      </div>
    </li>
  );
}
