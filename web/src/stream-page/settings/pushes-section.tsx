import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { Push, PushList } from '../../api/types.ts';
import { AddButton } from '../../controls/buttons/add-button.tsx';
import { RemoveButton } from '../../controls/buttons/remove-button.tsx';
import { Field } from '../../controls/field.tsx';
import { Problem } from '../../controls/problem.tsx';
import { QueryState } from '../../controls/query-state.tsx';
import { Switch } from '../../controls/switch.tsx';
import { useAction } from '../../controls/use-action.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useApi } from '../../session/session.ts';
import type { Tone } from '../../streams/stream-state.ts';
import { formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';

const TONES: Record<NonNullable<Push['state']>, Tone> = {
  waiting: 'idle',
  connecting: 'busy',
  live: 'good',
  retrying: 'bad',
  failed: 'bad',
};

/** Servers outside to which this stream is sent on. */
export function PushesSection({ id }: { id: string }) {
  const api = useApi();
  const [adding, setAdding] = useState(false);
  const path = `${streamPath(id)}/pushes`;
  const list = useQuery({
    queryKey: ['pushes', id],
    queryFn: ({ signal }) => api.get<PushList>(path, { signal }),
    refetchInterval: 3_000,
  });
  return (
    <section className="card grid gap-3" data-part="pushes">
      <h2>{t.pushes.title}</h2>
      <p className="text-faint">{t.pushes.text}</p>
      <QueryState query={list} empty={null}>
        <ul className="grid gap-2">
          {list.data?.pushes.map((push) => (
            <PushRow key={push.id} id={id} push={push} />
          ))}
        </ul>
      </QueryState>
      <AddButton label={t.pushes.add} quiet onClick={() => setAdding(true)} part="new-push" />
      {adding && <PushDialog id={id} onClose={() => setAdding(false)} />}
    </section>
  );
}

function PushRow({ id, push }: { id: string; push: Push }) {
  const api = useApi();
  const client = useQueryClient();
  const action = useAction();
  const path = `${streamPath(id)}/pushes/${push.id}`;
  const refresh = () => client.invalidateQueries({ queryKey: ['pushes', id] });
  const { state, fault, since, message } = push;
  return (
    <li className="grid gap-1 rounded-control border border-line p-2.5" data-push={state ?? 'off'}>
      <span className="flex items-start gap-2">
        <code className="min-w-0 flex-1 text-xs break-all">{push.url}</code>
        <RemoveButton
          title={t.pushes.removeTitle}
          text={t.pushes.removeText}
          act={async () => {
            await api.delete(path);
            await refresh();
          }}
        />
      </span>
      {state !== null && (
        <span className="badge" data-tone={TONES[state]}>
          <span className="badge-dot" />
          {t.pushes.states[state]}
          {since !== null && <span className="font-normal text-faint">{formatTime(since, new Date())}</span>}
        </span>
      )}
      {fault !== null && (
        <span className="text-bad" title={message ?? undefined}>
          {t.fault[fault]}
        </span>
      )}
      <Switch
        checked={push.enabled}
        disabled={action.busy}
        onChange={(enabled) => action.run(() => api.put(path, { enabled }).then(refresh))}
      >
        {t.alerts.enabled}
      </Switch>
      <Problem text={action.problem} />
    </li>
  );
}

function PushDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [url, setUrl] = useState('');
  const [print, setPrint] = useState('');
  const save = async () => {
    const pin =
      print.trim() === '' ? {} : { tls_fingerprint: print.trim().replaceAll(':', '').toLowerCase() };
    await api.post(`${streamPath(id)}/pushes`, { url: url.trim(), ...pin });
    await client.invalidateQueries({ queryKey: ['pushes', id] });
  };
  return (
    <FormDialog title={t.pushes.add} onClose={onClose} ready={url.trim() !== ''} save={save}>
      <Field label={t.pushes.url} hint={t.pushes.urlHint}>
        {(field) => (
          <input
            {...field}
            name="push-url"
            inputMode="url"
            value={url}
            required
            placeholder="rtmp://"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.pushes.fingerprint} hint={t.pushes.fingerprintHint}>
        {(field) => (
          <input
            {...field}
            value={print}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setPrint(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
