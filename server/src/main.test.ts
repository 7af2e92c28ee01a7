import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, newDataDir } from './testing/index.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOKEN = 'Zt4kQ9xWv7Lm2Rb8Yc5Hn3Pd6Js1Gf0u';

let dataDir: string;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { NIGHTJAR_DATA_DIR: dataDir, NIGHTJAR_HTTP_PORT: '0', NIGHTJAR_ADMIN_TOKEN: TOKEN, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Exit code and everything that was said. */
async function ended(child: ChildProcess) {
  const [out, error, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, error };
}

describe('the program', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'serves, says so in one line, and drains on %s',
    async (signal) => {
      await using engine = await FakeEngine.start(dataDir, {
        door: (_request, response) => void response.writeHead(200).write('media without end'),
      });
      const child = start([]);
      const end = ended(child);
      await engine.desired();
      const line = await new Promise<string>((resolve) =>
        child.stdout!.once('data', (data) => resolve(String(data))),
      );
      const base = /at (http:\/\/localhost:\d+) /.exec(line)![1]!;
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await fetch(`${base}/api/status`, { headers })).status).toBe(200);
      const viewer = await fetch(`${base}/live/yard/endless.mp4`, { headers });
      const broken = viewer.text().then(
        () => 'whole',
        () => 'cut off',
      );
      const before = performance.now();
      child.kill(signal);
      const { code, out, error } = await end;
      expect(performance.now() - before).toBeLessThan(5_000);
      expect(code).toBe(0);
      expect(out.split('\n')).toEqual([line.trimEnd(), '']);
      expect(error).not.toContain(TOKEN);
      expect(await broken).toBe('cut off');
      expect(JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8'))).toMatchObject({ rtsp: 8554 });
    },
  );

  test('ends with the launcher when it is its child', async () => {
    await using engine = await FakeEngine.start(dataDir);
    const child = start([], { NIGHTJAR_PARENT_PIPE: '1' });
    const end = ended(child);
    await engine.desired();
    child.stdin!.end();
    expect((await end).code).toBe(0);
  });

  test.each([
    ['a sample token', [], { NIGHTJAR_ADMIN_TOKEN: 'changeme'.repeat(5) }, 'NIGHTJAR_ADMIN_TOKEN'],
    ['a wrong port', [], { NIGHTJAR_RTSP_PORT: 'rtsp' }, 'NIGHTJAR_RTSP_PORT'],
    ['an unknown flag', ['--verbose'], {}, '--verbose'],
    ['a missing file', ['--config', '/nonexistent.yaml'], {}, '--config'],
  ])('%s ends it with 78 and a line that names the setting', async (_what, args, env, name) => {
    const { code, out, error } = await ended(start(args, env));
    expect([code, out]).toEqual([78, '']);
    expect(error).toContain(name);
  });

  test('a port that is taken ends it with 78 and says how to choose another', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const config = join(dataDir, 'nightjar.yaml');
    await writeFile(config, 'server:\n  host: 127.0.0.1\n');
    const { code, error } = await ended(start(['--config', config], { NIGHTJAR_HTTP_PORT: String(port) }));
    holder.close();
    expect(code).toBe(78);
    expect(error).toContain(`port ${port} is taken`);
    expect(error).toContain('NIGHTJAR_HTTP_PORT');
  });

  test('an unknown key of the file ends it with 78', async () => {
    const config = join(dataDir, 'nightjar.yaml');
    await writeFile(config, 'recording:\n  retention_dayz: 3\n');
    const { code, error } = await ended(start(['--config', config]));
    expect([code, error]).toEqual([78, 'nightjar server: recording.retention_dayz: unknown key\n']);
  });
});
