import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseServer, databaseServer, PASSWORD } from './database-server.ts';
import { freePort, newFolder, ownerOf, Program, run } from './program.ts';

async function postgresBin(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root)).sort((one, other) => Number(other) - Number(one));
  return join(root, versions[0] ?? '', 'bin');
}

const SETTINGS = ['fsync=off', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting]);

/** PostgreSQL of Debian's package `postgresql`. */
export async function startPostgres(): Promise<DatabaseServer> {
  const [bin, owner, port] = [await postgresBin(), await ownerOf('postgres'), await freePort()];
  const folder = await newFolder('postgres', owner);
  const data = join(folder, 'data');
  const call = async (program: string, ...given: string[]): Promise<void> => {
    await run(join(bin, program), given, { ...owner, cwd: '/' });
  };
  const own = ['-U', 'root', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'];
  await call('initdb', '-D', data, ...own);
  const administer = (sql: string): Promise<void> =>
    call('psql', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'root', '-d', 'postgres', '-qc', sql);
  const program = new Program({
    command: join(bin, 'postgres'),
    arguments: ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, ...SETTINGS],
    owner,
    ready: () => administer('select 1'),
  });
  await program.start();
  await administer(`create role nightjar login password '${PASSWORD}'`);
  await administer('create database nightjar owner nightjar');
  return databaseServer({ engine: 'postgres', port, folder, program, stopBy: 'SIGINT', administer });
}
