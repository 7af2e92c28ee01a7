import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, Program } from '../harness/index.ts';

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

/** A real nginx with its RTMP module that asks the platform's callbacks and passes on what they allow. */
export async function startNginxRtmp(
  folder: string,
  { http, rtmp }: { http: number; rtmp: number },
): Promise<{ program: Program; port: number }> {
  const port = await freePort();
  const callbacks = `http://127.0.0.1:${http}/api/v1/streaming`;
  const config = join(folder, 'nginx.conf');
  await writeFile(
    config,
    `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
user root;
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 128; }
rtmp {
  server {
    listen 127.0.0.1:${port};
    application live {
      live on;
      notify_method post;
      notify_update_timeout 1s;
      on_publish ${callbacks}/auth;
      on_update ${callbacks}/auth;
      on_play ${callbacks}/auth;
      on_publish_done ${callbacks}/publish-end;
      push rtmp://127.0.0.1:${rtmp}/live;
    }
    application noted {
      live on;
      notify_method post;
      on_publish ${callbacks}/publish-start;
      on_publish_done ${callbacks}/publish-end;
      push rtmp://127.0.0.1:${rtmp}/live;
    }
  }
}
`,
  );
  const args = ['-e', 'stderr', '-p', folder, '-c', config];
  const program = await Program.start({ name: 'nginx', command: 'nginx', args });
  await listening(port);
  return { program, port };
}
