import { rm } from 'node:fs/promises';
import { Secret } from '../../kernel/index.ts';
import type { Program } from './program.ts';

/** A real database server of this test's own: a folder, a free port of loopback, and nobody else's. */
export interface DatabaseServer extends AsyncDisposable {
  readonly address: {
    engine: 'postgres' | 'mysql';
    host: string;
    port: number;
    name: string;
    user: string;
    password: Secret;
    tls: boolean;
  };
  /** Runs a statement as the server's own administrator. */
  administer(sql: string): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const PASSWORD = 'canary-db-7be1';

/** A server that runs, with a database and a user of the product's own. */
export const databaseServer = (parts: {
  engine: 'postgres' | 'mysql';
  port: number;
  folder: string;
  program: Program;
  stopBy: 'SIGINT' | 'SIGTERM';
  administer: (sql: string) => Promise<void>;
}): DatabaseServer => ({
  address: {
    engine: parts.engine,
    host: '127.0.0.1',
    port: parts.port,
    name: 'nightjar',
    user: 'nightjar',
    password: new Secret(PASSWORD),
    tls: false,
  },
  administer: parts.administer,
  start: () => parts.program.start(),
  stop: () => parts.program.stop(parts.stopBy),
  async [Symbol.asyncDispose]() {
    await parts.program.stop(parts.stopBy);
    await rm(parts.folder, { recursive: true, force: true });
  },
});
