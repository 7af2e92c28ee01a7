import { useMutation, useQueryClient } from '@tanstack/react-query';
import { History, Pencil, Send } from 'lucide-react';
import { useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { Channel, ChannelTested } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { useChannels } from './channel-choice.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { Deliveries } from './deliveries.tsx';
import { WebPushPanel } from './push/web-push-panel.tsx';

/** Ways by which people and programs are told. */
export function ChannelsPanel() {
  const [editing, setEditing] = useState<Channel | 'new' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const list = useChannels();
  return (
    <div className="grid gap-3">
      <AddButton label={t.alerts.addChannel} onClick={() => setEditing('new')} part="new-channel" />
      <WebPushPanel />
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.alerts.noChannels : null}>
        <ul className="card grid p-0">
          {list.data?.items.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} onEdit={() => setEditing(channel)} />
          ))}
        </ul>
      </QueryState>
      {editing && (
        <ChannelDialog
          channel={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onSecret={setSecret}
        />
      )}
      {secret !== null && (
        <Dialog title={t.alerts.secret} onClose={() => setSecret(null)}>
          <p className="mb-3">{t.alerts.secretText}</p>
          <CopyText label={t.alerts.secret} text={secret} />
        </Dialog>
      )}
    </div>
  );
}

function ChannelRow({ channel, onEdit }: { channel: Channel; onEdit: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const path = `/api/v1/notification-channels/${channel.id}`;
  const test = useMutation({
    mutationFn: () => api.post<ChannelTested>(`${path}/test`, undefined, { timeoutMs: 30_000 }),
  });
  const [log, setLog] = useState(false);
  return (
    <li
      data-channel={channel.kind}
      className="flex flex-wrap items-center gap-2 border-line px-3 py-1.5 not-first:border-t"
    >
      <span className="min-w-0 flex-1">
        <strong>{channel.name}</strong> <span className="text-faint">{t.alerts.channels[channel.kind]}</span>
        {!channel.enabled && <span className="pill ml-2">{t.people.disabled}</span>}
      </span>
      <button
        type="button"
        className="button"
        disabled={test.isPending}
        onClick={() => test.mutate()}
        data-part="test-channel"
      >
        <Send className="icon" aria-hidden="true" />
        {test.isPending ? t.alerts.testing : t.alerts.test}
      </button>
      <IconButton
        icon={History}
        label={t.deliveries.open}
        onClick={() => setLog(true)}
        part="deliveries-of"
      />
      {channel.kind !== 'webpush' && <IconButton icon={Pencil} label={t.app.edit} onClick={onEdit} />}
      <RemoveButton
        title={t.captures.removeTitle(channel.name)}
        text={t.alerts.removeChannel}
        act={async () => {
          await api.delete(path);
          await client.invalidateQueries({ queryKey: ['channels'] });
        }}
      />
      {test.data && (
        <span
          className={`w-full ${test.data.delivered ? 'text-good' : 'text-bad'}`}
          role="status"
          data-delivered={test.data.delivered}
        >
          {test.data.delivered ? t.alerts.delivered : test.data.detail}
        </span>
      )}
      <Problem text={test.error && problemText(test.error)} />
      {log && <Deliveries channel={channel} onClose={() => setLog(false)} />}
    </li>
  );
}
