import { useId } from 'react';
import { Field } from '../controls/field.tsx';
import { t } from '../strings/index.ts';

/** A time zone by its name, with those that the browser knows. */
export function TimeZoneField({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const list = useId();
  return (
    <Field label={t.schedule.zone}>
      {(field) => (
        <>
          <input
            {...field}
            name="time-zone"
            list={list}
            value={zone}
            required
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={list}>
            {Intl.supportedValuesOf('timeZone').map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
