import { join } from 'node:path';
import { type DatabaseServer, databaseServer, PASSWORD } from './database-server.ts';
import { freePort, newFolder, ownerOf, Program, run } from './program.ts';

const SETTINGS = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-buffer-pool-size=16M',
  '--innodb-log-file-size=4M',
];
const SETUP = `create database nightjar; create user nightjar@'%' identified by '${PASSWORD}';
  grant all on *.* to nightjar@'%'`;

/** MariaDB of Debian's package `mariadb-server`. */
export async function startMariadb(): Promise<DatabaseServer> {
  const [owner, port] = [await ownerOf('mysql'), await freePort()];
  const folder = await newFolder('mariadb', owner);
  const socket = join(folder, 'socket');
  const data = `--datadir=${join(folder, 'data')}`;
  const call = async (program: string, ...given: string[]): Promise<void> => {
    await run(program, ['--no-defaults', ...given], { ...owner, cwd: '/' });
  };
  await call(
    'mariadb-install-db',
    data,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=4M',
  );
  const administer = (sql: string): Promise<void> => call('mariadb', '-u', 'root', '-S', socket, '-e', sql);
  const where = [`--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1'];
  const program = new Program({
    command: 'mariadbd',
    arguments: ['--no-defaults', data, ...where, `--pid-file=${join(folder, 'pid')}`, ...SETTINGS],
    owner,
    ready: () => administer('select 1'),
  });
  await program.start();
  await administer(SETUP);
  return databaseServer({ engine: 'mysql', port, folder, program, stopBy: 'SIGTERM', administer });
}
