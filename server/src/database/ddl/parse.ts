import type { Column, Constraint, Reference, Statement } from './statement.ts';

const TYPES = ['text', 'integer', 'real', 'blob'] as const;
const NAME = '([a-z_][a-z0-9_]*)';
const LITERAL = String.raw`('(?:[^']|'')*'|-?\d+(?:\.\d+)?|null)`;
const REFERENCE = String.raw`references ${NAME} ?\(${NAME}\)((?: on delete (?:cascade|set null|restrict))?)`;

const refuse = (what: string, sql: string): never => {
  throw new Error(`${what} is in no migration so far: ${sql.trim().slice(0, 80)}`);
};

const matched = (pattern: string, text: string): RegExpExecArray | null =>
  new RegExp(`^${pattern}$`, 'is').exec(text);

/** One entry of a table's parentheses, with what its comment says. */
interface Entry {
  text: string;
  note: string;
}

/** Depth of parentheses behind a token. */
const depthAfter = (token: string, depth: number): number =>
  depth + (token === '(' ? 1 : token === ')' ? -1 : 0);

/** Cuts a table's parentheses at their outer commas; a comment belongs to the entry before it on its line. */
function entriesOf(body: string): Entry[] {
  let entry: Entry = { text: '', note: '' };
  const entries = [entry];
  let depth = 0;
  for (const [token] of body.matchAll(/--[^\n]*|'(?:[^']|'')*'|[(),]|[^-'(),]+|-/g)) {
    depth = depthAfter(token, depth);
    if (token.startsWith('--')) {
      const told = entry.text.trim() === '' ? (entries.at(-2) ?? entry) : entry;
      told.note = `${told.note} ${token.slice(2).trim()}`.trim();
    } else if (token === ',' && depth === 0) {
      entry = { text: '', note: '' };
      entries.push(entry);
    } else entry.text += token;
  }
  return entries.map(({ text, note }) => ({ text: text.replace(/\s+/g, ' ').trim(), note }));
}

const referenceOf = ([table, column, onDelete]: readonly (string | undefined)[]): Reference => ({
  table: table ?? '',
  column: column ?? '',
  onDelete: (onDelete ?? '').trim(),
});

/** Takes each thing that may be said of a column from its words; what is left was not understood. */
function columnOf({ text, note }: Entry): Column {
  const [, name = '', type = '', said = ''] = matched(`${NAME} (${TYPES.join('|')})((?: .*)?)`, text) ?? [];
  let rest = said;
  const take = (pattern: string): (string | undefined)[] | undefined => {
    const found = new RegExp(` ${pattern}(?= |$)`, 'i').exec(rest);
    if (!found) return undefined;
    rest = rest.slice(0, found.index) + rest.slice(found.index + found[0].length);
    return found.slice(1);
  };
  const references = take(REFERENCE);
  const fallback = take(`default ${LITERAL}`);
  const column: Column = {
    name,
    type: TYPES.find((each) => each === type.toLowerCase()) ?? refuse('such a column', text),
    primary: take('primary key') !== undefined,
    notNull: take('not null') !== undefined,
    unique: take('unique') !== undefined,
    default: fallback?.[0],
    references: references && referenceOf(references),
    note,
  };
  return rest.trim() === '' ? column : refuse(`"${rest.trim()}" of a column`, text);
}

const namesOf = (list: string): string[] => list.split(',').map((name) => name.trim());

function constraintOf({ text }: Entry): Constraint | undefined {
  const keys = matched(String.raw`(primary key|unique) ?\((.*)\)`, text);
  if (keys) {
    const kind = keys[1]?.toLowerCase() === 'unique' ? 'unique' : 'primary key';
    return { kind, columns: namesOf(keys[2] ?? '') };
  }
  const foreign = matched(String.raw`foreign key ?\(${NAME}\) ${REFERENCE}`, text);
  if (foreign) {
    return { kind: 'foreign key', column: foreign[1] ?? '', references: referenceOf(foreign.slice(2)) };
  }
  return undefined;
}

function tableOf(sql: string): Statement | undefined {
  const found = matched(
    String.raw`create table ${NAME} \((.*)\)(?: (?:strict|without rowid)(?:, ?(?:strict|without rowid))?)?`,
    sql,
  );
  if (!found) return undefined;
  const entries = entriesOf(found[2] ?? '').map((entry) => ({ entry, constraint: constraintOf(entry) }));
  return {
    kind: 'create table',
    table: found[1] ?? '',
    columns: entries.filter(({ constraint }) => !constraint).map(({ entry }) => columnOf(entry)),
    constraints: entries.flatMap(({ constraint }) => constraint ?? []),
  };
}

function indexOf(sql: string): Statement | undefined {
  const found = matched(
    String.raw`create (unique )?index ${NAME} on ${NAME} ?\(([^()]*)\)(?: where (.*))?`,
    sql.replace(/\s+/g, ' '),
  );
  if (!found) return undefined;
  const [, unique, name = '', table = '', columns = '', where = ''] = found;
  return {
    kind: 'create index',
    name,
    table,
    columns: namesOf(columns),
    unique: unique !== undefined,
    where,
  };
}

function triggerOf(sql: string): Statement | undefined {
  const found = matched(
    String.raw`create trigger ${NAME} before (update|delete) on ${NAME} begin select raise\(abort, '([^']*)'\); end`,
    sql.replace(/\s+/g, ' '),
  );
  if (!found) return undefined;
  const [, name = '', verb, table = '', message = ''] = found;
  return { kind: 'refuse', name, table, verb: verb === 'delete' ? 'delete' : 'update', message };
}

function alterationOf(sql: string): Statement | undefined {
  const added = matched(`alter table ${NAME} add column (.*)`, sql);
  if (added) {
    const [, table = '', words = ''] = added;
    const [entry = { text: '', note: '' }] = entriesOf(words);
    return { kind: 'add column', table, column: columnOf(entry) };
  }
  const [, table, column] = matched(`alter table ${NAME} drop column ${NAME}`, sql) ?? [];
  return table === undefined || column === undefined ? undefined : { kind: 'drop column', table, column };
}

function removalOf(sql: string): Statement | undefined {
  const [, what, name = ''] = matched(`drop (table|index) ${NAME}`, sql) ?? [];
  if (what === undefined) return undefined;
  return what.toLowerCase() === 'table' ? { kind: 'drop table', table: name } : { kind: 'drop index', name };
}

/**
 * Reads one statement of a migration, which is worded for SQLite. Throws on what it does not know: a migration
 * that only one engine understands must not be released.
 */
export function parseStatement(text: string): Statement {
  const sql = text.trim().replace(/;$/, '');
  if (/^(insert|update|delete)\s/i.test(sql)) return { kind: 'rows', sql };
  return (
    tableOf(sql) ??
    indexOf(sql) ??
    triggerOf(sql) ??
    alterationOf(sql) ??
    removalOf(sql) ??
    refuse('such a statement', sql)
  );
}
