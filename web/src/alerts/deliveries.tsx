import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { Channel, Delivery, ListOf } from '../api/types.ts';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Pager } from '../controls/pager.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const LIMIT = 20;
const TONES = { pending: 'busy', delivered: 'good', failed: 'bad' } as const;

/** What was sent by a channel, what came of it, and the way to send it again. */
export function Deliveries({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const api = useApi();
  const [offset, setOffset] = useState(0);
  const path = `/api/v1/notification-channels/${channel.id}/deliveries`;
  const list = useQuery({
    queryKey: ['deliveries', channel.id, offset],
    queryFn: ({ signal }) => api.get<ListOf<Delivery>>(path, { query: { limit: LIMIT, offset }, signal }),
    refetchInterval: 3_000,
  });
  return (
    <Dialog title={t.deliveries.title(channel.name)} onClose={onClose} wide>
      <QueryState query={list} empty={list.data?.total === 0 ? t.deliveries.none : null}>
        <ul className="grid gap-1" data-part="deliveries">
          {list.data?.items.map((delivery) => (
            <DeliveryRow key={delivery.id} path={path} delivery={delivery} />
          ))}
        </ul>
        <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
      </QueryState>
    </Dialog>
  );
}

function DeliveryRow({ path, delivery }: { path: string; delivery: Delivery }) {
  const api = useApi();
  const client = useQueryClient();
  const action = useAction();
  const { id, state, title, attempts, created_at, next_at, detail } = delivery;
  const again = () =>
    action.run(async () => {
      await api.post(`${path}/${id}/replay`);
      await client.invalidateQueries({ queryKey: ['deliveries'] });
    });
  const now = new Date();
  return (
    <li
      className="flex flex-wrap items-center gap-x-3 border-line py-1.5 not-first:border-t"
      data-delivery={state}
    >
      <span className="badge w-24" data-tone={TONES[state]}>
        <span className="badge-dot" />
        {t.deliveries.states[state]}
      </span>
      <span className="min-w-0 flex-1">
        <strong>{title}</strong>{' '}
        <span className="text-faint">
          {formatTime(created_at, now)} · {t.deliveries.attempts(attempts)}
          {state === 'pending' && next_at !== null && ` · ${t.deliveries.next(formatTime(next_at, now))}`}
        </span>
        {detail !== null && state !== 'delivered' && <span className="block text-bad">{detail}</span>}
        <Problem text={action.problem} />
      </span>
      {state !== 'pending' && (
        <IconButton icon={RotateCw} label={t.deliveries.again} disabled={action.busy} onClick={again} />
      )}
    </li>
  );
}
