import { Tabs } from 'radix-ui';
import { useTab } from '../app/use-tab.ts';
import { PageHead } from '../controls/page-head.tsx';
import { ExportsList } from '../exports/exports-list.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { mayOpenOriginals } from './originals/may-open.ts';
import { RecordingsList } from './recordings-list.tsx';

/** Every recording within reach, with filters; for who may open them, recorded originals behind a tab of their own. */
export function RecordingsPage() {
  const { can } = useSession();
  const originals = mayOpenOriginals(can);
  const [open, choose] = useTab(originals ? ['recordings', 'originals'] : ['recordings']);
  return (
    <div data-page="recordings">
      <PageHead title={t.nav.recordings} />
      <ExportsList />
      {originals ? (
        <Tabs.Root value={open} onValueChange={choose} className="grid gap-3">
          <Tabs.List className="tabs" aria-label={t.nav.recordings}>
            <Tabs.Trigger value="recordings" className="tab" data-tab="recordings">
              {t.nav.recordings}
            </Tabs.Trigger>
            <Tabs.Trigger value="originals" className="tab" data-tab="originals">
              {t.originals.tab}
            </Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="recordings">
            <RecordingsList originals={false} />
          </Tabs.Content>
          <Tabs.Content value="originals" className="grid gap-3">
            <p className="text-faint">{t.originals.lead}</p>
            <RecordingsList originals />
          </Tabs.Content>
        </Tabs.Root>
      ) : (
        <RecordingsList originals={false} />
      )}
    </div>
  );
}
