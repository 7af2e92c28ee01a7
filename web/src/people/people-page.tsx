import { Tabs } from 'radix-ui';
import { Forbidden } from '../app/faults.tsx';
import { PageHead } from '../controls/page-head.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { AuditPanel } from './audit-panel.tsx';
import { ClientsPanel } from './clients/clients-panel.tsx';
import { GroupsPanel } from './groups/groups-panel.tsx';
import { TokensPanel } from './tokens-panel.tsx';
import { UsersPanel } from './users-panel.tsx';

/** People, programs, groups of cameras, and what everybody did. */
export function PeoplePage() {
  const { can, everything } = useSession();
  const tabs = [
    ...(can('users:read') ? (['users'] as const) : []),
    ...(can('tokens:read') ? (['tokens'] as const) : []),
    ...(can('clients:read') ? (['clients'] as const) : []),
    ...(can('cameras:read') ? (['groups'] as const) : []),
    ...(can('audit:read') ? (['audit'] as const) : []),
  ];
  const first = tabs[0];
  if (!everything || first === undefined) return <Forbidden />;
  return (
    <div data-page="people">
      <PageHead title={t.nav.people} />
      <Tabs.Root defaultValue={first} className="grid gap-3">
        <Tabs.List className="tabs" aria-label={t.nav.people}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab" data-tab={tab}>
              {t.people.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="users">
          <UsersPanel />
        </Tabs.Content>
        <Tabs.Content value="tokens">
          <TokensPanel />
        </Tabs.Content>
        <Tabs.Content value="clients">
          <ClientsPanel />
        </Tabs.Content>
        <Tabs.Content value="groups">
          <GroupsPanel />
        </Tabs.Content>
        <Tabs.Content value="audit">
          <AuditPanel />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
