import { Field } from '../../controls/field.tsx';
import { useStreams } from '../../queries/streams.ts';
import { t } from '../../strings/index.ts';

/** The model that looks, or whichever there is. */
export function ModelField(props: {
  value: string | null;
  names: readonly string[];
  onChange: (model: string | null) => void;
}) {
  const { value } = props;
  const names = value === null || props.names.includes(value) ? props.names : [...props.names, value];
  return (
    <Field label={t.inference.model}>
      {(field) => (
        <select
          {...field}
          name="model"
          value={value ?? ''}
          onChange={(event) => props.onChange(event.target.value === '' ? null : event.target.value)}
        >
          <option value="">{t.inference.anyModel}</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What counts of what the model knows; everything when nothing is ticked. */
export function ClassesField(props: {
  known: readonly string[];
  chosen: readonly string[];
  onChange: (classes: string[]) => void;
}) {
  const { known, chosen, onChange } = props;
  if (known.length === 0) return null;
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1">{t.inference.classes}</legend>
      <p className="text-faint">{t.inference.classesHint}</p>
      <div className="flex max-h-44 flex-wrap gap-x-4 gap-y-1 overflow-y-auto rounded-control border border-line p-2">
        {known.map((name) => (
          <label key={name} className="flex items-center gap-2">
            <input
              type="checkbox"
              data-class={name}
              checked={chosen.includes(name)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))
              }
            />
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const USUAL_THRESHOLD = 0.5;

/** From which certainty on it counts. */
export function ThresholdField(props: { value: number | null; onChange: (threshold: number) => void }) {
  const value = props.value ?? USUAL_THRESHOLD;
  return (
    <Field label={t.inference.threshold(Math.round(value * 100))}>
      {(field) => (
        <input
          {...field}
          type="range"
          name="threshold"
          min={0.05}
          max={0.95}
          step={0.05}
          value={value}
          onChange={(event) => props.onChange(Number(event.target.value))}
        />
      )}
    </Field>
  );
}

/** How often it looks. */
export function PaceField(props: { value: number; onChange: (fps: number) => void }) {
  return (
    <Field label={t.inference.looks(props.value)}>
      {(field) => (
        <input
          {...field}
          type="range"
          name="detect-fps"
          min={0.5}
          max={30}
          step={0.5}
          value={props.value}
          onChange={(event) => props.onChange(Number(event.target.value))}
        />
      )}
    </Field>
  );
}

/** Another stream of the same camera, with smaller pictures, in whose place it looks. */
export function LookAtField(props: {
  streamId: string;
  value: string | null;
  onChange: (streamId: string | null) => void;
}) {
  const { streamId, value } = props;
  const { data: streams } = useStreams();
  const others = (streams ?? []).map(({ id }) => id).filter((id) => id !== streamId);
  if (others.length === 0 && value === null) return null;
  return (
    <Field label={t.inference.lookAt} hint={t.inference.lookAtHint}>
      {(field) => (
        <select
          {...field}
          name="look-at"
          value={value ?? ''}
          onChange={(event) => props.onChange(event.target.value === '' ? null : event.target.value)}
        >
          <option value="">{t.inference.lookAtItself}</option>
          {[...new Set(value === null ? others : [...others, value])].map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
