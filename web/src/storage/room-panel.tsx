import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { StorageForecast } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useSession } from '../session/session.ts';
import { formatBytes } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { fullIn } from './full-in.ts';

/** How much there is, how much is free, until when, and each place of footage. */
export function RoomPanel() {
  const { api } = useSession();
  const query = useQuery({
    queryKey: ['storage'],
    queryFn: ({ signal }) => api.get<StorageForecast>('/api/storage', { signal }),
    refetchInterval: 30_000,
  });
  return (
    <section>
      <h2 className="mb-2">{t.room.title}</h2>
      <QueryState query={query} empty={null}>
        {query.data && (
          <div className="card grid gap-3" data-part="room">
            <ClockNotice clock={query.data.clock} />
            <dl className="facts">
              {factsOf(query.data).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            <Places tiers={query.data.tiers} />
          </div>
        )}
      </QueryState>
    </section>
  );
}

function factsOf({ bytes, free, bytes_per_day, full_in_days }: StorageForecast) {
  return [
    [t.room.footage, formatBytes(bytes)],
    [t.room.free, free === null ? t.stream.unknown : formatBytes(free)],
    [t.room.pace, t.storage.pace(formatBytes(bytes_per_day))],
    [t.room.forecast, full_in_days === null ? t.room.fits : fullIn(full_in_days)],
  ] as const;
}

/** Each place of footage, and what keeps it from being moved there. */
function Places({ tiers }: { tiers: StorageForecast['tiers'] }) {
  return (
    <table className="table narrow">
      <thead>
        <tr>
          <th>{t.recordings.tier}</th>
          <th className="number">{t.recordings.size}</th>
          <th className="number">{t.room.files}</th>
          <th className="number">{t.room.queued}</th>
        </tr>
      </thead>
      <tbody>
        {tiers.map(({ tier, bytes, files, queued, fault }) => (
          <tr key={tier}>
            <td>
              {t.storage.tiers[tier]}
              {fault !== null && <span className="block text-bad">{fault}</span>}
            </td>
            <td className="number">{formatBytes(bytes)}</td>
            <td className="number">{files}</td>
            <td className="number">{queued}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The clock stepped: nothing is deleted by age until somebody says that it is right. */
function ClockNotice({ clock }: { clock: StorageForecast['clock'] }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  if (!clock.frozen) return null;
  const confirm = () =>
    action.run(async () => {
      await api.post('/api/storage/confirm-clock');
      await client.invalidateQueries({ queryKey: ['storage'] });
    });
  return (
    <div className="notice grid gap-2" role="alert">
      <p>{t.room.stepped(Math.round(clock.seconds))}</p>
      {can('config:write') && (
        <button type="button" className="button justify-self-start" disabled={action.busy} onClick={confirm}>
          {t.room.clockRight}
        </button>
      )}
      <Problem text={action.problem} />
    </div>
  );
}
