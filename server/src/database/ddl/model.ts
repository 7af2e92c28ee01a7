import { type Column, type Constraint, columnsOf, keysOf, type Statement } from './statement.ts';

/** Tables and indexes as the statements so far have left them; tables in the order in which they were made. */
export class Model {
  readonly tables = new Map<string, Map<string, Column>>();
  /** The table of each index. */
  readonly indexes = new Map<string, string>();
  readonly #keyed = new Set<string>();

  /** Throws on a table that is not there. */
  columns(table: string): Map<string, Column> {
    const columns = this.tables.get(table);
    if (!columns) throw new Error(`there is no table ${table}`);
    return columns;
  }

  /** Whether a column stands in a key or an index. */
  isKeyed(table: string, column: string): boolean {
    return this.#keyed.has(`${table}.${column}`);
  }

  apply(statement: Statement): void {
    switch (statement.kind) {
      case 'create table':
        this.tables.set(statement.table, new Map(statement.columns.map((column) => [column.name, column])));
        this.#key(statement.table, [...statement.columns.flatMap(keysOf), ...statement.constraints]);
        break;
      case 'add column':
        this.columns(statement.table).set(statement.column.name, statement.column);
        this.#key(statement.table, keysOf(statement.column));
        break;
      case 'drop column':
        this.columns(statement.table).delete(statement.column);
        break;
      case 'drop table':
        this.tables.delete(statement.table);
        for (const name of this.#keyed) if (name.startsWith(`${statement.table}.`)) this.#keyed.delete(name);
        break;
      case 'create index':
        this.indexes.set(statement.name, statement.table);
        for (const name of statement.columns) this.#keyed.add(`${statement.table}.${name}`);
        break;
      case 'drop index':
        this.indexes.delete(statement.name);
        break;
      default:
    }
  }
  #key(table: string, keys: readonly Constraint[]): void {
    for (const name of keys.flatMap(columnsOf)) this.#keyed.add(`${table}.${name}`);
  }
}
