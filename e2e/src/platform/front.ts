import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, Program, REPOSITORY } from '../harness/index.ts';

/** A port of the loopback that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Settles when somebody listens. */
export async function listening(port: number): Promise<void> {
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  await eventually(`port ${port} is open`, answers, { timeoutMs: 10_000 });
}

/** What a test wants beside what is deployed: publishers that are asked about by the other callback. */
const noted = (callbacks: string, target: string): string => `
    application noted {
      live on;
      notify_method post;
      on_publish ${callbacks}/publish-start;
      on_publish_done ${callbacks}/publish-end;
      push ${target};
    }
  }
}
`;

/**
 * A real nginx with its RTMP module that asks the platform's callbacks and passes on what they allow: the very
 * configuration of the containers, at addresses of this machine.
 */
export async function startNginxRtmp(
  folder: string,
  { http, rtmp }: { http: number; rtmp: number },
): Promise<{ program: Program; port: number }> {
  const port = await freePort();
  const callbacks = `http://127.0.0.1:${http}/api/v1/streaming`;
  const target = `rtmp://127.0.0.1:${rtmp}/live`;
  const deployed = await readFile(join(REPOSITORY, 'deploy/nginx-rtmp/nginx.conf'), 'utf8');
  const here = deployed
    .replaceAll('http://nightjar:3000/api/v1/streaming', callbacks)
    .replaceAll('rtmp://nightjar:1935/live', target)
    .replace('listen 1935;', `listen 127.0.0.1:${port};`)
    .replace('pid /tmp/nginx.pid;', `user root;\npid ${folder}/nginx.pid;`)
    .replace('notify_update_timeout 5s;', 'notify_update_timeout 1s;')
    .replace(/\s*\}\s*\}\s*$/, noted(callbacks, target));
  const config = join(folder, 'nginx.conf');
  await writeFile(config, here);
  const args = ['-e', 'stderr', '-p', folder, '-c', config];
  const program = await Program.start({ name: 'nginx', command: 'nginx', args });
  await listening(port);
  return { program, port };
}
