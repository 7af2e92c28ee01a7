import { useState } from 'react';
import type { PrivacyConfig } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { t } from '../../strings/index.ts';

const COVERS = Object.keys(t.privacy.covers) as (keyof typeof t.privacy.covers)[];
const STYLES = ['blur', 'pixelate', 'solid'] as const;
const AUDIO = ['keep', 'mask', 'mute'] as const;
const RECORDS = ['rendition', 'both', 'original'] as const;
/** What is set on a line: least, most and step. */
const SLIDERS = {
  strength: [1, 100, 1],
  threshold: [0.01, 0.95, 0.01],
  padding: [0, 0.25, 0.01],
  hold: [0.5, 60, 0.5],
  max_fps: [1, 60, 1],
} as const;
type Slider = keyof typeof SLIDERS;

type Change = (change: Partial<PrivacyConfig>) => void;

/** How a picture is covered, but for the shapes. */
export function PrivacyFields({ value, onChange }: { value: PrivacyConfig; onChange: Change }) {
  return (
    <>
      <fieldset className="grid gap-1">
        <legend>{t.privacy.cover}</legend>
        {COVERS.map((cover) => (
          <label key={cover} className="flex items-start gap-2">
            <input
              type="checkbox"
              className="mt-1"
              data-cover={cover}
              checked={(value.cover as readonly string[]).includes(cover)}
              onChange={(event) =>
                onChange({
                  cover: (event.target.checked
                    ? [...value.cover, cover]
                    : value.cover.filter((one) => one !== cover)) as PrivacyConfig['cover'],
                })
              }
            />
            <span>
              {t.privacy.covers[cover]} <span className="text-faint">{t.privacy.coverHints[cover]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {value.cover.some((one) => one === 'objects' || one === 'auto') && (
        <ClassesField classes={value.classes} onChange={(classes) => onChange({ classes })} />
      )}
      <div className="columns">
        <Choice
          label={t.privacy.style}
          value={value.style}
          words={t.privacy.styles}
          choices={STYLES}
          onChange={(style) => onChange({ style })}
        />
        <Choice
          label={t.privacy.audio}
          value={value.audio}
          words={t.privacy.sounds}
          choices={AUDIO}
          onChange={(audio) => onChange({ audio })}
        />
      </div>
      <Choice
        label={t.privacy.record}
        name="record"
        hint={t.privacy.recordWarnings[value.record]}
        warns={value.record !== 'rendition'}
        value={value.record}
        words={t.privacy.records}
        choices={RECORDS}
        onChange={(record) => onChange({ record })}
      />
      <div className="columns">
        {(Object.keys(SLIDERS) as Slider[]).map((name) => (
          <Line key={name} name={name} value={value[name]} onChange={(next) => onChange({ [name]: next })} />
        ))}
      </div>
    </>
  );
}

/** Names of what a model is to find, by comma. */
function ClassesField(props: { classes: readonly string[]; onChange: (classes: string[]) => void }) {
  const [text, setText] = useState(props.classes.join(', '));
  return (
    <Field label={t.privacy.classes} hint={t.privacy.classesHint}>
      {(field) => (
        <input
          {...field}
          name="classes"
          value={text}
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            const names = event.target.value.split(',').map((name) => name.trim());
            const classes = names.filter((name) => name !== '');
            if (classes.length > 0) props.onChange(classes);
          }}
        />
      )}
    </Field>
  );
}

function Choice<Word extends string>(props: {
  label: string;
  name?: string;
  hint?: string;
  warns?: boolean;
  value: Word;
  choices: readonly Word[];
  words: Readonly<Record<Word, string>>;
  onChange: (value: Word) => void;
}) {
  return (
    <Field
      label={props.label}
      warns={props.warns ?? false}
      {...(props.hint === undefined ? {} : { hint: props.hint })}
    >
      {(field) => (
        <select
          {...field}
          name={props.name}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value as Word)}
        >
          {props.choices.map((choice) => (
            <option key={choice} value={choice}>
              {props.words[choice]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Line(props: { name: Slider; value: number; onChange: (value: number) => void }) {
  const [min, max, step] = SLIDERS[props.name];
  return (
    <Field label={t.privacy.sliders[props.name](props.value)}>
      {(field) => (
        <input
          {...field}
          type="range"
          name={props.name}
          min={min}
          max={max}
          step={step}
          value={props.value}
          onChange={(event) => props.onChange(Number(event.target.value))}
        />
      )}
    </Field>
  );
}
