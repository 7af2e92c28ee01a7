import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { freePort, newFolder, Program } from './program.ts';

/** A real Redis of this test's own, of Debian's package `redis-server`: a port of loopback and a password. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Neither dead nor answering. */
  hang(): void;
  wake(): void;
}

const PASSWORD = 'canary-redis-4c2f';

function ping(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = createConnection(port, '127.0.0.1', () => socket.write(`AUTH ${PASSWORD}\r\n`));
  socket.once('data', () => {
    socket.destroy();
    resolve();
  });
  socket.once('error', reject);
  return promise;
}

export async function startRedis(): Promise<RedisServer> {
  const [port, folder] = [await freePort(), await newFolder('redis', undefined)];
  const program = new Program({
    command: 'redis-server',
    arguments: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--requirepass', PASSWORD, '--save', '', '--appendonly', 'no'],
    ],
    owner: undefined,
    ready: () => ping(port),
  });
  await program.start();
  return {
    port,
    password: PASSWORD,
    start: () => program.start(),
    stop: () => program.stop('SIGTERM'),
    hang: () => program.signal('SIGSTOP'),
    wake: () => program.signal('SIGCONT'),
    async [Symbol.asyncDispose]() {
      program.signal('SIGCONT');
      await program.stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
