import { Forbidden } from '../app/faults.tsx';
import { TabPage } from '../app/tab-page.tsx';
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
  const { tabs } = t.people;
  const parts = [
    can('users:read') && { name: 'users', label: tabs.users, content: <UsersPanel /> },
    can('tokens:read') && { name: 'tokens', label: tabs.tokens, content: <TokensPanel /> },
    can('clients:read') && { name: 'clients', label: tabs.clients, content: <ClientsPanel /> },
    can('cameras:read') && { name: 'groups', label: tabs.groups, content: <GroupsPanel /> },
    can('audit:read') && { name: 'audit', label: tabs.audit, content: <AuditPanel /> },
  ];
  if (!everything || parts.every((part) => part === false)) return <Forbidden />;
  return <TabPage name="people" title={t.nav.people} parts={parts} />;
}
