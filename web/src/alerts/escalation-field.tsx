import { Trash2 } from 'lucide-react';
import type { AlertRule } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { Field } from '../controls/field.tsx';
import { t } from '../strings/index.ts';
import { ChannelChoice } from './channel-choice.tsx';

type Step = AlertRule['escalation'][number];

const MOST = 5;
const MINUTE = 60;
const FIRST: Step = { after_seconds: 10 * MINUTE, channel_ids: [] };

/** Who is told when nobody took care of it. */
export function EscalationField(props: { steps: readonly Step[]; onChange: (steps: Step[]) => void }) {
  const { steps, onChange } = props;
  const change = (index: number, step: Step) => onChange(steps.map((one, i) => (i === index ? step : one)));
  return (
    <fieldset className="grid gap-2" data-part="escalation">
      <legend>{t.escalation.title}</legend>
      <p className="field-hint">{t.escalation.hint}</p>
      {steps.map((step, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is nothing but its place
          key={i}
          className="flex flex-wrap items-start gap-3 rounded-control border border-line p-2.5"
        >
          <Field label={t.escalation.after}>
            {(field) => (
              <input
                {...field}
                name={`escalation-${i}`}
                type="number"
                min={1}
                max={10_080}
                required
                className="!w-28"
                value={Math.round(step.after_seconds / MINUTE)}
                onChange={(event) =>
                  change(i, { ...step, after_seconds: Number(event.target.value) * MINUTE })
                }
              />
            )}
          </Field>
          <span className="flex-1">
            <ChannelChoice
              label={t.alerts.tell}
              chosen={step.channel_ids}
              onChange={(ids) => change(i, { ...step, channel_ids: [...ids] })}
            />
          </span>
          <IconButton
            icon={Trash2}
            label={t.escalation.remove(i + 1)}
            danger
            onClick={() => onChange(steps.filter((one) => one !== step))}
          />
        </div>
      ))}
      {steps.length < MOST && (
        <AddButton
          label={t.escalation.add}
          quiet
          onClick={() => onChange([...steps, FIRST])}
          part="new-step"
        />
      )}
    </fieldset>
  );
}
