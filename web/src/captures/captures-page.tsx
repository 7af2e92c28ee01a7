import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { useTab } from '../app/use-tab.ts';
import { PageHead } from '../controls/page-head.tsx';
import { useStreams } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { BookmarksGrid } from './bookmarks-grid.tsx';
import { SnapshotsGrid } from './snapshots-grid.tsx';

/** Bookmarks and snapshots of a camera. */
export function CapturesPage() {
  const { can } = useSession();
  const { data: streams } = useStreams();
  const [chosen, setChosen] = useState('');
  const [open, choose] = useTab(['bookmarks', 'snapshots']);
  const ids = (streams ?? []).map(({ id }) => id).filter((id) => can('bookmarks:read', id));
  const camera = chosen === '' ? ids[0] : chosen;
  return (
    <div data-page="captures">
      <PageHead title={t.nav.captures}>
        <select
          className="button"
          aria-label={t.recordings.camera}
          value={camera ?? ''}
          onChange={(event) => setChosen(event.target.value)}
        >
          {ids.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </PageHead>
      {camera === undefined ? (
        <p className="card text-faint">{t.captures.noCameras}</p>
      ) : (
        <Tabs.Root value={open} onValueChange={choose} className="grid gap-3">
          <Tabs.List className="tabs" aria-label={t.nav.captures}>
            <Tabs.Trigger value="bookmarks" className="tab">
              {t.captures.bookmarks}
            </Tabs.Trigger>
            <Tabs.Trigger value="snapshots" className="tab" data-tab="snapshots">
              {t.captures.snapshots}
            </Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="bookmarks">
            <BookmarksGrid key={camera} camera={camera} />
          </Tabs.Content>
          <Tabs.Content value="snapshots">
            <SnapshotsGrid key={camera} camera={camera} />
          </Tabs.Content>
        </Tabs.Root>
      )}
    </div>
  );
}
