import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertRule } from '../api/types.ts';
import { Field } from '../controls/field.tsx';
import { Switch } from '../controls/switch.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ChannelChoice } from './channel-choice.tsx';
import { EscalationField } from './escalation-field.tsx';
import { QuietHoursField } from './quiet-hours-field.tsx';
import { KINDS, THRESHOLDS, type ThresholdName, typed } from './thresholds.ts';
import { WatchedCameras } from './watched-cameras.tsx';

type Kind = AlertRule['kind'];
const SEVERITIES = ['info', 'warning', 'critical'] as const;
/** Rules that are about no camera. */
const OF_NO_CAMERA: readonly Kind[] = ['storage_low', 'sign_in'];

const FRESH = {
  name: '',
  kind: 'camera_offline' as Kind,
  severity: 'warning' as AlertRule['severity'],
  enabled: true,
  notify_resolved: true,
  camera_ids: null as string[] | null,
  channel_ids: [] as readonly string[],
  quiet_hours: null as AlertRule['quiet_hours'],
  escalation: [] as AlertRule['escalation'],
};

function begin(rule: AlertRule | null) {
  const { name, kind, severity, enabled, notify_resolved, camera_ids, ...rest } = rule ?? FRESH;
  const { channel_ids, quiet_hours, escalation } = rest;
  return {
    ...{ name, kind, severity, enabled, notify_resolved, camera_ids, channel_ids, quiet_hours, escalation },
    cool_down: String(rule?.cool_down_seconds ?? 300),
    thresholds: Object.fromEntries(
      Object.entries(rule?.thresholds ?? {}).map(([key, value]) => [
        key,
        value === null ? '' : String(value),
      ]),
    ) as Partial<Record<ThresholdName, string>>,
  };
}
type Draft = ReturnType<typeof begin>;
type Change = (change: Partial<Draft>) => void;

/** A rule: what is watched, from when it counts, and who is told, when and when not. */
export function RuleDialog({ rule, onClose }: { rule: AlertRule | null; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => begin(rule));
  const change: Change = (part) => setDraft({ ...draft, ...part });
  const save = async () => {
    const { cool_down, thresholds, kind, ...rest } = draft;
    const body = {
      ...rest,
      cool_down_seconds: Number(cool_down),
      thresholds: typed(THRESHOLDS[kind], thresholds),
    };
    if (rule) await api.put(`/api/v1/alert-rules/${rule.id}`, body);
    else await api.post('/api/v1/alert-rules', { ...body, kind });
    await client.invalidateQueries({ queryKey: ['alert-rules'] });
  };
  const steps = draft.escalation.every(({ channel_ids }) => channel_ids.length > 0);
  return (
    <FormDialog
      title={rule ? rule.name : t.alerts.addRule}
      onClose={onClose}
      ready={draft.name.trim() !== '' && steps}
      save={save}
    >
      <RuleFields draft={draft} fixed={rule !== null} onChange={change} />
      {!OF_NO_CAMERA.includes(draft.kind) && (
        <WatchedCameras chosen={draft.camera_ids} onChange={(camera_ids) => change({ camera_ids })} />
      )}
      <ChannelChoice
        label={t.alerts.tell}
        chosen={draft.channel_ids}
        onChange={(channel_ids) => change({ channel_ids })}
      />
      <QuietHoursField value={draft.quiet_hours} onChange={(quiet_hours) => change({ quiet_hours })} />
      <EscalationField steps={draft.escalation} onChange={(escalation) => change({ escalation })} />
      <Switch checked={draft.notify_resolved} onChange={(notify_resolved) => change({ notify_resolved })}>
        {t.alerts.tellOver}
      </Switch>
      <Switch checked={draft.enabled} onChange={(enabled) => change({ enabled })}>
        {t.alerts.enabled}
      </Switch>
    </FormDialog>
  );
}

function RuleFields(props: { draft: Draft; fixed: boolean; onChange: Change }) {
  const { draft, onChange } = props;
  return (
    <>
      <Field label={t.tokens.name}>
        {(field) => (
          <input
            {...field}
            name="rule-name"
            value={draft.name}
            required
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <div className="columns">
        <Field label={t.alerts.kind}>
          {(field) => (
            <select
              {...field}
              value={draft.kind}
              disabled={props.fixed}
              onChange={(event) => onChange({ kind: event.target.value as Kind, thresholds: {} })}
            >
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t.alerts.kinds[kind]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t.alerts.severity}>
          {(field) => (
            <select
              {...field}
              value={draft.severity}
              onChange={(event) => onChange({ severity: event.target.value as Draft['severity'] })}
            >
              {SEVERITIES.map((severity) => (
                <option key={severity} value={severity}>
                  {t.alerts.severities[severity]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {THRESHOLDS[draft.kind].map((name) => (
          <Field key={name} label={t.alerts.thresholds[name]}>
            {(field) => (
              <input
                {...field}
                name={name}
                value={draft.thresholds[name] ?? ''}
                placeholder={t.alerts.usual}
                onChange={(event) =>
                  onChange({ thresholds: { ...draft.thresholds, [name]: event.target.value } })
                }
              />
            )}
          </Field>
        ))}
        <Field label={t.alerts.coolDown}>
          {(field) => (
            <input
              {...field}
              inputMode="numeric"
              value={draft.cool_down}
              onChange={(event) => onChange({ cool_down: event.target.value })}
            />
          )}
        </Field>
      </div>
    </>
  );
}
