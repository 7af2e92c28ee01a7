import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type ApiClient, streamPath } from '../api/client.ts';
import type { ManagerConfig, StreamDetail } from '../api/types.ts';
import { Field } from '../controls/field.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useStreams } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { CameraLimits } from './camera-limits.tsx';
import { changeOf, isChange, type RetentionChange, type RetentionDraft, sizeText } from './retention.ts';
import { RetentionPreview } from './retention-preview.tsx';

/** How long footage is kept, for all cameras and for single ones; what a change would delete is shown first. */
export function RetentionPanel() {
  const { api } = useSession();
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => api.get<ManagerConfig>('/api/config', { signal }),
  });
  const details = useDetails();
  const before = useMemo(
    () => (config.data && details ? draftOf(config.data, details) : undefined),
    [config.data, details],
  );
  return (
    <section>
      <h2 className="mb-2">{t.retention.title}</h2>
      <QueryState query={{ ...config, isPending: before === undefined }} empty={null}>
        {before && <RetentionForm key={JSON.stringify(before)} before={before} />}
      </QueryState>
    </section>
  );
}

/** The settings of every camera; undefined until all are there. */
function useDetails(): readonly StreamDetail[] | undefined {
  const { api } = useSession();
  const { data: streams } = useStreams();
  const ids = streams?.map(({ id }) => id);
  const details = useQueries({
    queries: (ids ?? []).map((id) => ({
      queryKey: ['stream', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.get<StreamDetail>(streamPath(id), { signal }),
      staleTime: 60_000,
    })),
    combine: (results) => results.map(({ data }) => data),
  });
  const known = details.filter((one) => one !== undefined);
  const whole = ids !== undefined && known.length === ids.length;
  // The figures of a camera change all the time, what is set of it does not.
  const key = JSON.stringify(
    known.map(({ id, recording }) => [id, recording.retention_days, recording.max_bytes]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the details
  return useMemo(() => (whole ? known : undefined), [whole, key]);
}

function draftOf({ recording }: ManagerConfig, details: readonly StreamDetail[]): RetentionDraft {
  return {
    days: String(recording.retention_days),
    size: sizeText(recording.max_bytes),
    free: sizeText(recording.min_free_bytes),
    cameras: Object.fromEntries(
      details.map(({ id, recording: own }) => [
        id,
        {
          // A camera tells what counts for it: the same as for all is taken as nothing of its own.
          days: own.retention_days === recording.retention_days ? '' : String(own.retention_days),
          size: sizeText(own.max_bytes),
        },
      ]),
    ),
  };
}

/** Writes the limits: those of all take effect by a reload. */
async function keep(api: ApiClient, { streams, ...config }: RetentionChange): Promise<void> {
  if (Object.keys(config).length > 0) {
    await api.put('/api/config', { recording: config });
    await api.post('/api/config/reload');
  }
  for (const [id, limits] of Object.entries(streams)) await api.put(streamPath(id), { recording: limits });
}

function RetentionForm({ before }: { before: RetentionDraft }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const [draft, setDraft] = useState(before);
  const change = changeOf(before, draft);
  const save = async () => {
    if (!change) return;
    await keep(api, change);
    for (const name of ['config', 'stream', 'storage']) await client.invalidateQueries({ queryKey: [name] });
  };
  const texts = (name: 'days' | 'size' | 'free') => ({
    name: `keep-${name}`,
    inputMode: 'decimal' as const,
    value: draft[name],
    onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
  });
  return (
    <fieldset className="card grid gap-4" disabled={!can('config:write')} data-part="retention">
      <div className="columns">
        <Field label={t.retention.days}>{(field) => <input {...field} {...texts('days')} />}</Field>
        <Field label={t.retention.size} hint={t.retention.noLimit}>
          {(field) => <input {...field} {...texts('size')} />}
        </Field>
        <Field label={t.retention.free}>{(field) => <input {...field} {...texts('free')} />}</Field>
      </div>
      <CameraLimits
        cameras={draft.cameras}
        usual={draft.days}
        onChange={(cameras) => setDraft({ ...draft, cameras })}
      />
      {change === undefined ? (
        <p className="field-problem">{t.retention.unreadable}</p>
      ) : (
        isChange(change) && (
          <RetentionPreview change={change} onSave={save} onReset={() => setDraft(before)} />
        )
      )}
    </fieldset>
  );
}
