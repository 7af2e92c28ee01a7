import { Forbidden } from '../app/faults.tsx';
import { TabPage } from '../app/tab-page.tsx';
import { ModelsPanel } from '../models/models-panel.tsx';
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
  const { tabs } = t.system;
  const parts = [
    { name: 'health', label: tabs.health, content: <HealthPanel /> },
    { name: 'config', label: tabs.config, content: <ConfigPanel /> },
    { name: 'history', label: tabs.history, content: <HistoryPanel /> },
    can('streams:read') && { name: 'models', label: tabs.models, content: <ModelsPanel /> },
    can('backup:read') && { name: 'backup', label: tabs.backup, content: <BackupPanel /> },
  ];
  return <TabPage name="system" title={t.nav.system} parts={parts} />;
}
