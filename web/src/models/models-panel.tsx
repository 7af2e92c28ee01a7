import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Model } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useModels } from '../queries/models.ts';
import { useSession } from '../session/session.ts';
import type { Tone } from '../streams/stream-state.ts';
import { formatBytes } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { UploadDialog } from './upload-dialog.tsx';

const TONES: Record<Model['state'], Tone> = { checking: 'busy', ready: 'good', refused: 'bad' };

/** Networks that find people, vehicles and other things in pictures: what there is, and the way for another. */
export function ModelsPanel() {
  const { can } = useSession();
  const [adding, setAdding] = useState(false);
  const list = useModels();
  const models = list.data?.items ?? [];
  return (
    <div className="grid max-w-4xl gap-3" data-part="models">
      <p className="text-faint">{t.models.lead}</p>
      {can('config:write') && (
        <AddButton label={t.models.add} onClick={() => setAdding(true)} part="new-model" />
      )}
      <QueryState query={list} empty={models.length === 0 ? t.models.none : null}>
        <ul className="grid gap-3">
          {models.map((model) => (
            <ModelCard key={model.name} model={model} />
          ))}
        </ul>
      </QueryState>
      {adding && <UploadDialog taken={models.map(({ name }) => name)} onClose={() => setAdding(false)} />}
    </div>
  );
}

function ModelCard({ model }: { model: Model }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const { name, state, streams } = model;
  return (
    <li className="card grid gap-2" data-model={name} data-state={state}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="min-w-0 break-all">{name}</h2>
        <span className="badge" data-tone={TONES[state]}>
          <span className="badge-dot" />
          {t.models.states[state]}
        </span>
        {can('config:write') && (
          <span className="ml-auto">
            <RemoveButton
              label={t.models.remove(name)}
              title={t.models.removeTitle(name)}
              text={streams.length > 0 ? t.models.removeUsed(streams.join(', ')) : t.models.removeText}
              act={async () => {
                await api.delete(`/api/v1/models/${encodeURIComponent(name)}`);
                await client.invalidateQueries({ queryKey: ['models'] });
              }}
            />
          </span>
        )}
      </div>
      {model.message !== null && <p className="text-bad break-words">{model.message}</p>}
      <dl className="facts">
        {factsOf(model).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{t.models.usedBy}</dt>
          <dd className="flex flex-wrap gap-x-2">
            {streams.length === 0 && t.models.nobody}
            {streams.map((id) => (
              <Link key={id} to="/cameras/$id" params={{ id }}>
                {id}
              </Link>
            ))}
          </dd>
        </div>
      </dl>
    </li>
  );
}

function factsOf({ layout, classes, width, height, size, check_ms }: Model) {
  return [
    [t.models.classes, classes.length === 0 ? t.stream.unknown : classes.join(', ')],
    [t.models.layout, layout === null ? t.stream.unknown : t.models.layouts[layout]],
    [t.models.input, width === null ? t.stream.unknown : `${width} × ${height ?? width}`],
    [t.models.size, formatBytes(size)],
    [t.models.pace, check_ms === null ? t.stream.unknown : t.models.milliseconds(Math.round(check_ms))],
  ] as const;
}
