/** The part of a JSON schema (2020-12) that a form is made of. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** How one value is asked for. */
export type FieldKind = 'switch' | 'number' | 'text' | 'choice' | 'list';

/** One value of a form, by its path in the object. */
export interface SchemaField {
  /** `recording.segment_duration` */
  readonly path: string;
  readonly kind: FieldKind;
  readonly choices: readonly string[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Whether nothing is a value of its own. */
  readonly nullable: boolean;
  /** What counts where nothing is said. */
  readonly fallback: unknown;
  /** Of a list: its items are numbers. */
  readonly numeric: boolean;
}

/** Whether null is allowed, and the schema of what else is. */
function inner(schema: Schema): { schema: Schema; nullable: boolean } {
  const { anyOf, type } = schema;
  if (Array.isArray(type)) {
    const [one = ''] = type.filter((name) => name !== 'null');
    return { schema: { ...schema, type: one }, nullable: type.includes('null') };
  }
  if (!anyOf) return { schema, nullable: false };
  const others = anyOf.filter(({ type }) => type !== 'null');
  return { schema: others[0] ?? {}, nullable: others.length < anyOf.length };
}

function kindOf({ type, enum: choices, items }: Schema): FieldKind | undefined {
  if (choices !== undefined) return 'choice';
  if (type === 'boolean') return 'switch';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'string') return 'text';
  return type === 'array' && items !== undefined ? 'list' : undefined;
}

/** Every value of an object's schema that a form can ask for, in its order. */
export function fieldsOf(schema: Schema, prefix = ''): readonly SchemaField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const { schema: one, nullable } = inner(property);
    if (one.properties) return fieldsOf(one, path);
    const kind = kindOf(one);
    if (kind === undefined) return [];
    const choices = (one.enum ?? []).map(String);
    const { minimum, maximum, default: fallback } = one;
    const numeric = one.items?.type === 'integer' || one.items?.type === 'number';
    return [{ path, kind, choices, minimum, maximum, nullable, fallback, numeric }];
  });
}

type Value = unknown;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path; undefined where there is none. */
export function valueAt(object: unknown, path: string): Value {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), object);
}

/** What a person typed, by path. */
export type FormValues = Readonly<Record<string, string | boolean>>;

/** An object's values as a form shows them. */
export function formValues(fields: readonly SchemaField[], object: unknown): FormValues {
  return Object.fromEntries(
    fields.map(({ path, kind, fallback }) => {
      const value = valueAt(object, path) ?? fallback;
      if (kind === 'switch') return [path, value === true];
      if (kind === 'list') return [path, Array.isArray(value) ? value.join('\n') : ''];
      return [path, value === undefined || value === null ? '' : String(value)];
    }),
  );
}

function parsed({ kind, numeric }: SchemaField, value: string | boolean): Value {
  if (typeof value === 'boolean') return value;
  const text = value.trim();
  if (kind === 'list') return text === '' ? [] : text.split(/\s*[\n,]\s*/).map(numeric ? numberOr : String);
  // Nothing goes back to the default.
  if (text === '') return null;
  if (kind !== 'number') return text;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

const numberOr = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);

/** A merge patch (RFC 7396) of what was changed; an empty object when nothing was. */
export function patchOf(
  fields: readonly SchemaField[],
  before: FormValues,
  after: FormValues,
): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const field of fields) {
    const value = after[field.path] ?? '';
    if (value === before[field.path]) continue;
    const names = field.path.split('.');
    const last = names.pop() ?? '';
    let place = patch;
    for (const name of names) {
      const next = isRecord(place[name]) ? place[name] : {};
      place[name] = next;
      place = next;
    }
    place[last] = parsed(field, value);
  }
  return patch;
}

/** What was typed as an object; what was left empty is not in it. */
export function objectOf(fields: readonly SchemaField[], values: FormValues): Record<string, unknown> {
  const empty = Object.fromEntries(fields.map(({ path }) => [path, '']));
  return patchOf(fields, empty, values);
}
