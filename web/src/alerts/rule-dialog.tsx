import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { AlertRule, Channel, ListOf } from '../api/types.ts';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { KINDS, THRESHOLDS, type ThresholdName, typed } from './thresholds.ts';

type Kind = AlertRule['kind'];
const SEVERITIES = ['info', 'warning', 'critical'] as const;

function begin(rule: AlertRule | null) {
  return {
    name: rule?.name ?? '',
    kind: rule?.kind ?? ('camera_offline' as Kind),
    severity: rule?.severity ?? ('warning' as AlertRule['severity']),
    enabled: rule?.enabled ?? true,
    channel_ids: (rule?.channel_ids ?? []) as readonly string[],
    cool_down: String(rule?.cool_down_seconds ?? 300),
    thresholds: Object.fromEntries(
      Object.entries(rule?.thresholds ?? {}).map(([name, value]) => [
        name,
        value === null ? '' : String(value),
      ]),
    ) as Partial<Record<ThresholdName, string>>,
  };
}
type Draft = ReturnType<typeof begin>;

/** A rule: what is watched, from when it counts, and who is told. */
export function RuleDialog({ rule, onClose }: { rule: AlertRule | null; onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => begin(rule));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
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
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    save().catch((error: unknown) => {
      setProblem(problemText(error));
      setBusy(false);
    });
  };
  return (
    <Dialog title={rule ? rule.name : t.alerts.addRule} onClose={onClose} locked={busy}>
      <form className="grid gap-4" onSubmit={submit} autoComplete="off">
        <RuleFields
          draft={draft}
          fixed={rule !== null}
          onChange={(change) => setDraft({ ...draft, ...change })}
        />
        <ChannelsField
          chosen={draft.channel_ids}
          onChange={(channel_ids) => setDraft({ ...draft, channel_ids })}
        />
        <Switch checked={draft.enabled} onChange={(enabled) => setDraft({ ...draft, enabled })}>
          {t.alerts.enabled}
        </Switch>
        <Problem text={problem} />
        <DialogFoot>
          <button type="button" className="button" onClick={onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy || draft.name.trim() === ''}>
            {t.app.save}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function RuleFields(props: { draft: Draft; fixed: boolean; onChange: (change: Partial<Draft>) => void }) {
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

function ChannelsField(props: { chosen: readonly string[]; onChange: (ids: readonly string[]) => void }) {
  const { chosen, onChange } = props;
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['channels'],
    queryFn: ({ signal }) =>
      api.get<ListOf<Channel>>('/api/v1/notification-channels', { query: { limit: 200 }, signal }),
  });
  return (
    <fieldset className="grid gap-1">
      <legend>{t.alerts.tell}</legend>
      {data?.items.length === 0 && <p className="text-faint">{t.alerts.noChannels}</p>}
      {data?.items.map(({ id, name }) => (
        <label key={id} className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
            }
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
