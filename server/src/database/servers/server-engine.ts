import type { Dialect } from 'kysely';
import type { Secret } from '../../kernel/index.ts';
import type { Model, Statement } from '../ddl/index.ts';

/** Where a database server is and who asks. */
export interface ServerAddress {
  engine: 'postgres' | 'mysql';
  host: string;
  /** null is the engine's own. */
  port: number | null;
  /** Of the database, which must be there. */
  name: string;
  user: string;
  password: Secret | undefined;
  /** Whether the connection is inside TLS, whose certificate must be vouched for. */
  tls: boolean;
}

/** One connection, held by one user at a time. */
export interface ServerConnection {
  query(sql: string, parameters?: readonly unknown[]): Promise<{ rows: unknown[]; affected: number }>;
  /** Gives it back; one that is broken is closed. Called once. */
  release(broken: boolean): void;
}

export interface ServerPool {
  connect(): Promise<ServerConnection>;
  close(): Promise<void>;
}

/** What is another with each kind of database server. */
export interface ServerEngine {
  readonly dialect: Omit<Dialect, 'createDriver'>;
  /** Begins a transaction that sees what others have committed. */
  readonly begin: string;
  /** Waits until no other connection migrates, and lets none until this one is closed. */
  readonly exclusive: string;
  /** Whether a step of migrations that fails is undone whole. */
  readonly undoesSteps: boolean;
  /** A statement of a migration in the engine's own words. */
  readonly worded: (statement: Statement, before: Model) => string[];
  /** Whether a statement failed because it had been run before. */
  readonly isDone: (error: unknown) => boolean;
  /** After rows were written with numbers of their own: SQL by which the next number is higher. */
  readonly renumber: (table: string, column: string) => string | undefined;
  readonly pool: ServerPool;
}

/** A server that says nothing for so long is given up. */
export const CONNECT_MS = 10_000;
export const QUERY_MS = 60_000;
export const CONNECTIONS = 6;
