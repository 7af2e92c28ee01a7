import { Forbidden } from '../app/faults.tsx';
import { TabPage } from '../app/tab-page.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { AlertsPanel } from './alerts-panel.tsx';
import { ChannelsPanel } from './channels-panel.tsx';
import { RulesPanel } from './rules-panel.tsx';

/** What is wrong now, what is watched, and who is told. */
export function AlertsPage() {
  const { can } = useSession();
  if (!can('alerts:read')) return <Forbidden />;
  const writes = can('alerts:write');
  const { tabs } = t.alerts;
  const parts = [
    { name: 'alerts', label: tabs.alerts, content: <AlertsPanel /> },
    writes && { name: 'rules', label: tabs.rules, content: <RulesPanel /> },
    writes && { name: 'channels', label: tabs.channels, content: <ChannelsPanel /> },
  ];
  return <TabPage name="alerts" title={t.nav.alerts} parts={parts} />;
}
