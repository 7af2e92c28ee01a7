import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import { fieldProblems } from '../api/api-error.ts';
import { problemText } from '../api/problem.ts';
import { Problem } from '../controls/problem.tsx';
import { t } from '../strings/index.ts';
import { type FormValues, fieldsOf, formValues, patchOf, type Schema, type SchemaField } from './schema.ts';
import { SchemaInput } from './schema-input.tsx';

/** A form made of a schema: what was changed is sent as a merge patch, and a refusal appears at its field. */
export function SchemaForm(props: {
  schema: Schema;
  /** The object as it is. */
  value: unknown;
  /** Beginnings of paths that are not asked for here. */
  without: readonly string[];
  save: (patch: Record<string, unknown>) => Promise<void>;
  children?: ReactNode;
}) {
  const { schema, value, save } = props;
  const without = props.without.join(' ');
  const fields = useMemo(
    () =>
      fieldsOf(schema).filter(
        ({ path }) => !without.split(' ').some((one) => path === one || path.startsWith(`${one}.`)),
      ),
    [schema, without],
  );
  const before = useMemo(() => formValues(fields, value), [fields, value]);
  const [changes, setChanges] = useState<FormValues>({});
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const [state, setState] = useState<'idle' | 'busy' | 'saved'>('idle');
  const after = { ...before, ...changes };
  const patch = patchOf(fields, before, after);
  const changed = Object.keys(patch).length > 0;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setState('busy');
    setProblems({});
    save(patch)
      .then(() => {
        setChanges({});
        setState('saved');
      })
      .catch((error: unknown) => {
        const named = fieldProblems(error);
        const known = fields.some(({ path }) => path in named);
        setProblems(known ? named : { '': problemText(error) });
        setState('idle');
      });
  };
  return (
    <form className="grid gap-5" onSubmit={submit} noValidate autoComplete="off">
      {sections(fields).map(([section, inside]) => (
        <fieldset key={section} className="grid gap-3">
          {section !== '' && <legend className="mb-1 text-[0.95rem]">{sectionLabel(section)}</legend>}
          {inside.map((field) => (
            <SchemaInput
              key={field.path}
              field={field}
              value={after[field.path] ?? ''}
              problem={problems[field.path]}
              onChange={(next) => {
                setChanges({ ...changes, [field.path]: next });
                setState('idle');
              }}
            />
          ))}
        </fieldset>
      ))}
      <Problem text={problems['']} />
      <div className="flex flex-wrap items-center gap-3">
        <button type="submit" className="button primary" disabled={!changed || state === 'busy'}>
          {state === 'busy' ? t.app.saving : t.app.save}
        </button>
        {state === 'saved' && <span role="status">{t.app.saved}</span>}
        {props.children}
      </div>
    </form>
  );
}

/** Fields by what stands before the first dot of their path. */
function sections(fields: readonly SchemaField[]): readonly (readonly [string, readonly SchemaField[]])[] {
  const found = new Map<string, SchemaField[]>();
  for (const field of fields) {
    const section = field.path.includes('.') ? field.path.slice(0, field.path.indexOf('.')) : '';
    found.set(section, [...(found.get(section) ?? []), field]);
  }
  return [...found];
}

const SECTIONS: Readonly<Record<string, string>> = t.settings.sections;
const sectionLabel = (section: string): string => SECTIONS[section] ?? section;
