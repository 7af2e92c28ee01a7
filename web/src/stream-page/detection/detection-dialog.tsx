import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { InferenceSettings, StreamDetail } from '../../api/types.ts';
import { Switch } from '../../controls/switch.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useModels } from '../../queries/models.ts';
import { refreshStream } from '../../queries/refresh.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { PolygonEditor } from '../privacy/polygon-editor.tsx';
import { HoursField, scheduleOf, someHour, useHours } from '../settings/hours-field.tsx';
import { ClassesField, LookAtField, ModelField, PaceField, ThresholdField } from './detection-fields.tsx';

type Draft = Pick<
  InferenceSettings,
  'enabled' | 'model' | 'threshold' | 'classes' | 'zones' | 'look_at' | 'fps' | 'bookmarks' | 'snapshots'
>;

function draftOf(settings: InferenceSettings): Draft {
  const { enabled, model, threshold, classes, zones, look_at, fps, bookmarks, snapshots } = settings;
  return { enabled, model, threshold, classes, zones, look_at, fps, bookmarks, snapshots };
}

/** What a model looks for in this camera's pictures. */
export function DetectionDialog({ detail, onClose }: { detail: StreamDetail; onClose: () => void }) {
  const { id, inference } = detail;
  const api = useApi();
  const client = useQueryClient();
  const { data: models } = useModels();
  const [draft, setDraft] = useState(() => draftOf(inference));
  const [hours, setHours] = useHours(inference.schedule);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const ready = (models?.items ?? []).filter(({ state }) => state === 'ready');
  const used = ready.filter(({ name }) => draft.model === null || name === draft.model);
  const known = [...new Set([...used.flatMap(({ classes }) => classes), ...draft.classes])];
  const save = async () => {
    await api.put(streamPath(id), { inference: { ...draft, schedule: scheduleOf(hours) } });
    await refreshStream(client, id);
  };
  return (
    <FormDialog
      title={t.inference.title}
      onClose={onClose}
      ready={!draft.enabled || someHour(hours)}
      save={save}
      wide
    >
      <Switch checked={draft.enabled} onChange={(enabled) => change({ enabled })}>
        {t.inference.enabled}
      </Switch>
      {draft.enabled && (
        <>
          {models && ready.length === 0 && <p className="notice">{t.inference.noModel}</p>}
          <ModelField
            value={draft.model}
            names={ready.map(({ name }) => name)}
            onChange={(model) => change({ model })}
          />
          <ClassesField known={known} chosen={draft.classes} onChange={(classes) => change({ classes })} />
          <div className="columns">
            <ThresholdField value={draft.threshold} onChange={(threshold) => change({ threshold })} />
            <PaceField value={draft.fps} onChange={(fps) => change({ fps })} />
          </div>
          <LookAtField streamId={id} value={draft.look_at} onChange={(look_at) => change({ look_at })} />
          <fieldset className="grid gap-2">
            <legend className="mb-1">{t.inference.zones}</legend>
            <p className="text-faint">{t.inference.zonesHint}</p>
            <PolygonEditor
              streamId={id}
              polygons={draft.zones}
              onChange={(zones) => change({ zones: zones.map((zone) => zone.map(([x, y]) => [x, y])) })}
            />
          </fieldset>
          <HoursField legend={t.inference.when} hours={hours} onChange={setHours} />
          <Switch checked={draft.bookmarks} onChange={(bookmarks) => change({ bookmarks })}>
            {t.inference.bookmarks}
          </Switch>
          <Switch checked={draft.snapshots} onChange={(snapshots) => change({ snapshots })}>
            {t.inference.snapshots}
          </Switch>
        </>
      )}
    </FormDialog>
  );
}
