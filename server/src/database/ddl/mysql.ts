import type { Model } from './model.ts';
import {
  type Column,
  type Constraint,
  columnsOf,
  isRowNumber,
  keysOf,
  type Reference,
  type Statement,
} from './statement.ts';

/** Bytes of an InnoDB key, by bytes of a character at most. */
const KEY_CHARACTERS = 3072 / 4;
const MAX_KEYED = 255;

const quoted = (name: string): string => `\`${name}\``;
const list = (names: readonly string[]): string => `(${names.map(quoted).join(', ')})`;
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const referred = ({ table, column, onDelete }: Reference): string =>
  `references ${quoted(table)} (${quoted(column)}) ${onDelete}`.trim();

/** Characters that each of the texts in a key may have. */
const keyed = (texts: number): number => Math.min(MAX_KEYED, Math.floor(KEY_CHARACTERS / texts));

const TYPES = { integer: 'bigint', real: 'double', blob: 'longblob' };

/** `characters` undefined: a text of any length, which no key can hold. */
function column(each: Column, characters: number | undefined): string {
  const text = characters === undefined ? 'longtext' : `varchar(${characters})`;
  // Long texts take an expression as default, nothing else.
  const fallback = each.type === 'text' ? `(${each.default})` : each.default;
  return [
    quoted(each.name),
    each.type === 'text' ? text : TYPES[each.type],
    ...(each.notNull || each.primary ? ['not null'] : []),
    ...(isRowNumber(each) ? ['auto_increment'] : []),
    ...(each.default === undefined ? [] : [`default ${fallback}`]),
    ...(each.note === '' ? [] : [`comment ${literal(each.note)}`]),
  ].join(' ');
}

const constraint = (each: Constraint): string =>
  each.kind === 'foreign key'
    ? `foreign key ${list([each.column])} ${referred(each.references)}`
    : `${each.kind} ${list(each.columns)}`;

/** Characters of each text that stands in a key. */
function lengths(columns: readonly Column[], keys: readonly (readonly string[])[]): Map<string, number> {
  const texts = new Set(columns.filter(({ type }) => type === 'text').map(({ name }) => name));
  const found = new Map<string, number>();
  for (const key of keys) {
    const inKey = key.filter((name) => texts.has(name));
    for (const name of inKey) {
      found.set(name, Math.min(found.get(name) ?? MAX_KEYED, keyed(inKey.length)));
    }
  }
  return found;
}

function createTable(statement: Extract<Statement, { kind: 'create table' }>, collation: string): string {
  const { table, columns, constraints } = statement;
  const keys = [...columns.flatMap(keysOf), ...constraints];
  const sizes = lengths(columns, keys.map(columnsOf));
  const entries = [...columns.map((each) => column(each, sizes.get(each.name))), ...keys.map(constraint)];
  return `create table ${quoted(table)} (${entries.join(', ')})
    engine = InnoDB default character set utf8mb4 collate ${collation}`;
}

function addColumn({ table, column: added }: Extract<Statement, { kind: 'add column' }>): string {
  const keys = keysOf(added);
  const size = lengths([added], keys.map(columnsOf)).get(added.name);
  const parts = [`column ${column(added, size)}`, ...keys.map(constraint)].map((part) => `add ${part}`);
  return `alter table ${quoted(table)} ${parts.join(', ')}`;
}

/** Texts get a length once an index wants them. */
function createIndex(index: Extract<Statement, { kind: 'create index' }>, before: Model): string[] {
  const { name, table, columns, unique, where } = index;
  if (where !== '') throw new Error(`MySQL has no index over some rows only: ${name}`);
  const all = [...before.columns(table).values()];
  const sizes = lengths(all, [columns]);
  const modified = all
    .filter((each) => sizes.has(each.name) && !before.isKeyed(table, each.name))
    .map((each) => `alter table ${quoted(table)} modify column ${column(each, sizes.get(each.name))}`);
  const over = `${unique ? 'unique ' : ''}index ${quoted(name)} on ${quoted(table)} ${list(columns)}`;
  return [...modified, `create ${over}`];
}

/** The statement as MySQL and MariaDB want it; the collation is the one that compares bytes. */
export function toMysql(statement: Statement, before: Model, collation: string): string[] {
  switch (statement.kind) {
    case 'create table':
      return [createTable(statement, collation)];
    case 'add column':
      return [addColumn(statement)];
    case 'drop column':
      return [`alter table ${quoted(statement.table)} drop column ${quoted(statement.column)}`];
    case 'drop table':
      return [`drop table ${quoted(statement.table)}`];
    case 'create index':
      return createIndex(statement, before);
    case 'drop index': {
      const table = before.indexes.get(statement.name) ?? '';
      return [`drop index ${quoted(statement.name)} on ${quoted(table)}`];
    }
    case 'refuse': {
      const { name, table, verb, message } = statement;
      return [
        `create trigger ${quoted(name)} before ${verb} on ${quoted(table)}
          for each row signal sqlstate '45000' set message_text = ${literal(message)}`,
      ];
    }
    case 'rows':
      return [statement.sql];
  }
}
