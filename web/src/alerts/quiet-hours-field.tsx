import type { AlertRule } from '../api/types.ts';
import { Field } from '../controls/field.tsx';
import { Switch } from '../controls/switch.tsx';
import { TimeZoneField } from '../forms/time-zone-field.tsx';
import { t } from '../strings/index.ts';

type QuietHours = NonNullable<AlertRule['quiet_hours']>;

/** By the interface 0 is Sunday; shown is the week from Monday. */
const DAYS = [
  ['mon', 1],
  ['tue', 2],
  ['wed', 3],
  ['thu', 4],
  ['fri', 5],
  ['sat', 6],
  ['sun', 0],
] as const;

const usual = (): QuietHours => ({
  from: '22:00',
  to: '07:00',
  days: DAYS.map(([, day]) => day),
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

/** Hours in which nobody is told; what still holds is told afterwards. */
export function QuietHoursField(props: {
  value: QuietHours | null;
  onChange: (value: QuietHours | null) => void;
}) {
  const { value, onChange } = props;
  return (
    <div className="grid gap-2" data-part="quiet-hours">
      <Switch checked={value !== null} onChange={(on) => onChange(on ? usual() : null)}>
        {t.quiet.title}
      </Switch>
      {value !== null && (
        <>
          <p className="field-hint">{t.quiet.hint}</p>
          <div className="columns">
            {(['from', 'to'] as const).map((end) => (
              <Field key={end} label={t.quiet[end]}>
                {(field) => (
                  <input
                    {...field}
                    type="time"
                    name={`quiet-${end}`}
                    required
                    value={value[end]}
                    onChange={(event) => onChange({ ...value, [end]: event.target.value })}
                  />
                )}
              </Field>
            ))}
            <TimeZoneField
              zone={value.time_zone}
              onChange={(time_zone) => onChange({ ...value, time_zone })}
            />
          </div>
          <fieldset className="flex flex-wrap gap-3">
            <legend className="visually-hidden">{t.quiet.days}</legend>
            {DAYS.map(([name, day]) => (
              <label key={name} className="flex items-center gap-1.5">
                <input
                  type="checkbox"
                  checked={value.days.includes(day)}
                  onChange={(event) =>
                    onChange({
                      ...value,
                      days: event.target.checked
                        ? [...value.days, day]
                        : value.days.filter((one) => one !== day),
                    })
                  }
                />
                {t.schedule.days[name]}
              </label>
            ))}
          </fieldset>
        </>
      )}
    </div>
  );
}
