/** A column as a migration words it. */
export interface Column {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'real' | 'blob';
  readonly primary: boolean;
  readonly notNull: boolean;
  readonly unique: boolean;
  /** Literal in SQL. */
  readonly default: string | undefined;
  readonly references: Reference | undefined;
  /** What its comment says. */
  readonly note: string;
}

/** Rows that another row belongs to. */
export interface Reference {
  readonly table: string;
  readonly column: string;
  /** As SQL, from `on delete` on. */
  readonly onDelete: string;
}

/** What counts for several columns of a table together. */
export type Constraint =
  | { readonly kind: 'primary key' | 'unique'; readonly columns: readonly string[] }
  | { readonly kind: 'foreign key'; readonly column: string; readonly references: Reference };

/** The kinds of statement of which migrations are made. */
export type Statement =
  | {
      readonly kind: 'create table';
      readonly table: string;
      readonly columns: readonly Column[];
      readonly constraints: readonly Constraint[];
    }
  | { readonly kind: 'add column'; readonly table: string; readonly column: Column }
  | { readonly kind: 'drop column'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop table'; readonly table: string }
  | {
      readonly kind: 'create index';
      readonly name: string;
      readonly table: string;
      readonly columns: readonly string[];
      readonly unique: boolean;
      /** SQL of which rows it holds; empty is all. */
      readonly where: string;
    }
  | { readonly kind: 'drop index'; readonly name: string }
  /** A trigger that refuses to change or remove rows. */
  | {
      readonly kind: 'refuse';
      readonly name: string;
      readonly table: string;
      readonly verb: 'update' | 'delete';
      readonly message: string;
    }
  /** Rows that are written or changed; the same on each engine. */
  | { readonly kind: 'rows'; readonly sql: string };

/** Whether a column is also the number that the database gives a row. */
export const isRowNumber = ({ type, primary }: Column): boolean => type === 'integer' && primary;

/** What a column says of itself, as if it were said of its table. */
export const keysOf = (column: Column): Constraint[] => [
  ...(column.primary ? [{ kind: 'primary key' as const, columns: [column.name] }] : []),
  ...(column.unique ? [{ kind: 'unique' as const, columns: [column.name] }] : []),
  ...(column.references
    ? [{ kind: 'foreign key' as const, column: column.name, references: column.references }]
    : []),
];

/** The columns that a constraint ties. */
export const columnsOf = (constraint: Constraint): readonly string[] =>
  constraint.kind === 'foreign key' ? [constraint.column] : constraint.columns;
