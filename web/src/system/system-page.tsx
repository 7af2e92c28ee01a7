import { Tabs } from 'radix-ui';
import { Forbidden } from '../app/faults.tsx';
import { PageHead } from '../controls/page-head.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { BackupPanel } from './backup-panel.tsx';
import { ConfigPanel } from './config-panel.tsx';
import { HealthPanel } from './health-panel.tsx';
import { HistoryPanel } from './history-panel.tsx';

/** The installation itself. */
export function SystemPage() {
  const { can, everything } = useSession();
  if (!everything || !can('config:read')) return <Forbidden />;
  const tabs = ['health', 'config', 'history', ...(can('backup:read') ? (['backup'] as const) : [])] as const;
  return (
    <div data-page="system">
      <PageHead title={t.nav.system} />
      <Tabs.Root defaultValue="health" className="grid gap-3">
        <Tabs.List className="tabs" aria-label={t.nav.system}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab" data-tab={tab}>
              {t.system.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="health">
          <HealthPanel />
        </Tabs.Content>
        <Tabs.Content value="config">
          <ConfigPanel />
        </Tabs.Content>
        <Tabs.Content value="history">
          <HistoryPanel />
        </Tabs.Content>
        <Tabs.Content value="backup">
          <BackupPanel />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
