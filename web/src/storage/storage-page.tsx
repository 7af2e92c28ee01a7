import { Forbidden } from '../app/faults.tsx';
import { PageHead } from '../controls/page-head.tsx';
import { StoragePanel } from '../dashboard/storage-panel.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { RetentionPanel } from './retention-panel.tsx';
import { RoomPanel } from './room-panel.tsx';

/** The room for footage: what takes it, where it lies, and how long it is kept. */
export function StoragePage() {
  const { can, everything } = useSession();
  if (!everything || !can('config:read')) return <Forbidden />;
  return (
    <div data-page="storage">
      <PageHead title={t.storage.title} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <div className="grid gap-4">
          <RoomPanel />
          <StoragePanel title={t.storage.taken} />
        </div>
        <RetentionPanel />
      </div>
    </div>
  );
}
