import { Field } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { Switch } from '../controls/switch.tsx';
import { t } from '../strings/index.ts';
import type { SchemaField } from './schema.ts';

const LABELS: Readonly<Record<string, readonly string[]>> = t.settings.fields;

/** What nobody beside the screen is to read. */
const SECRET = /\b(?:password|secret|\w*token)$/;

/** The same is set of each place of footage. */
const TIER = /^tiers\.(hot|warm|cold|archived)\./;

/** Name and explanation of a value; what the catalogue does not know yet goes by its own name. */
function wordsOf(path: string): { label: string; hint: string | undefined } {
  const place = TIER.exec(path);
  const [label = path.split('.').at(-1) ?? path, hint] =
    LABELS[path.replace(TIER, 'tiers.')] ?? LABELS[path] ?? [];
  const tier = place?.[1] as keyof typeof t.storage.tiers | undefined;
  return { label: tier ? `${t.storage.tiers[tier]}: ${label}` : label, hint };
}

/** One value of a form by its kind. */
export function SchemaInput(props: {
  field: SchemaField;
  value: string | boolean;
  problem: string | undefined;
  onChange: (value: string | boolean) => void;
}) {
  const { field, value, onChange } = props;
  const { label, hint } = wordsOf(field.path);
  if (field.kind === 'switch') {
    return (
      <div>
        <Switch checked={value === true} onChange={onChange}>
          {label}
        </Switch>
        {hint !== undefined && <p className="field-hint">{hint}</p>}
        {props.problem !== undefined && <p className="field-problem">{props.problem}</p>}
      </div>
    );
  }
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })} problem={props.problem}>
      {(given) => {
        const common = {
          ...given,
          name: field.path,
          value: String(value),
          onChange: (event: { target: { value: string } }) => onChange(event.target.value),
        };
        if (field.kind === 'choice') {
          return (
            <select {...common}>
              {field.choices.map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          );
        }
        if (field.kind === 'list') return <textarea rows={2} spellCheck={false} {...common} />;
        if (SECRET.test(field.path)) {
          return (
            <SecretInput
              {...common}
              autoComplete="new-password"
              showLabel={t.settings.showSecret}
              hideLabel={t.settings.hideSecret}
            />
          );
        }
        return (
          <input
            {...common}
            inputMode={field.kind === 'number' ? 'decimal' : 'text'}
            autoCapitalize="none"
            spellCheck={false}
          />
        );
      }}
    </Field>
  );
}
