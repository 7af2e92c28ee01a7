import { Tabs } from 'radix-ui';
import { Forbidden } from '../app/faults.tsx';
import { PageHead } from '../controls/page-head.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { AlertsPanel } from './alerts-panel.tsx';
import { ChannelsPanel } from './channels-panel.tsx';
import { RulesPanel } from './rules-panel.tsx';

/** What is wrong now, what is watched, and who is told. */
export function AlertsPage() {
  const { can } = useSession();
  if (!can('alerts:read')) return <Forbidden />;
  const tabs = ['alerts', ...(can('alerts:write') ? (['rules', 'channels'] as const) : [])] as const;
  return (
    <div data-page="alerts">
      <PageHead title={t.nav.alerts} />
      <Tabs.Root defaultValue="alerts" className="grid gap-3">
        <Tabs.List className="tabs" aria-label={t.nav.alerts}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab" data-tab={tab}>
              {t.alerts.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="alerts">
          <AlertsPanel />
        </Tabs.Content>
        <Tabs.Content value="rules">
          <RulesPanel />
        </Tabs.Content>
        <Tabs.Content value="channels">
          <ChannelsPanel />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
