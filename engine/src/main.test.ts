import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineSocketPath, linkKeyPath } from '@nightjar/contract/link';
import { scanMp4 } from '@nightjar/media/mp4';
import { type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedKey } from './kernel/index.ts';
import { ServerEnd } from './link/testing/server-end.ts';
import { bytesPort } from './recorder/testing/memory-storage.ts';
import { desiredState, desiredStream, EngineProcess, until } from './testing/index.ts';

let cameras: SyntheticCameras;
beforeAll(async () => {
  cameras = await startSyntheticCameras({ cameras: [{ path: 'yard', clip: 'yard' }] });
});
afterAll(() => cameras.close());

let dataDir: string;
let engines: EngineProcess[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'nightjar-engine-'));
  engines = [];
});
afterEach(async () => {
  for (const engine of engines) if (engine.running) await engine.end('SIGKILL');
  await rm(dataDir, { recursive: true });
});

function engine(environment?: NodeJS.ProcessEnv, nodeArgs?: readonly string[]): EngineProcess {
  const started = new EngineProcess(dataDir, environment, nodeArgs);
  engines.push(started);
  return started;
}

async function server(): Promise<ServerEnd> {
  return new ServerEnd(engineSocketPath(dataDir), await sharedKey(linkKeyPath(dataDir))).open();
}

const folder = (): string => join(dataDir, 'footage/hot/yard');

/** Has the yard recorded, and resolves when that is under way. */
async function record(end: ServerEnd): Promise<void> {
  const stream = desiredStream('yard', {
    source: { url: cameras.url('yard') },
    recording: { enabled: true, segment_duration: 3600 },
  });
  end.send({ type: 'desired', desired: desiredState([stream], { base_path: join(dataDir, 'footage') }) });
  await until(
    () => end.facts.some(({ fact }) => fact.kind === 'segment.grown' && fact.duration > 1.5),
    15_000,
  );
}

async function scanned(): Promise<{ name: string; closed: boolean; seconds: number }[]> {
  const names = (await readdir(folder())).sort();
  return Promise.all(
    names.map(async (name) => {
      const { closed, spans } = await scanMp4(bytesPort(await readFile(join(folder(), name))));
      return { name, closed, seconds: spans.find(({ trackId }) => trackId === 1)!.last / 90_000 };
    }),
  );
}

describe('the program', () => {
  it.each(['65536', 'rtsp'])('ends with 78 when the port is %s', async (port) => {
    const wrong = engine({ NIGHTJAR_RTSP_PORT: port });
    expect(await wrong.ended).toEqual({ code: 78, signal: null });
    expect(wrong.log).toMatchObject([
      { level: 'error', msg: 'NIGHTJAR_RTSP_PORT must be a port from 0 to 65535' },
    ]);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('says what is wrong when it cannot start', async () => {
    const wrong = engine({ NIGHTJAR_DATA_DIR: '/dev/null/data' });
    expect((await wrong.ended).code).toBe(1);
    expect(wrong.log).toMatchObject([{ level: 'error', msg: 'the engine could not start' }]);
  });

  it('drains within 5 s of SIGTERM, and leaves a closed file', async () => {
    const running = await engine().ready();
    const end = await server();
    expect(end.messages[0]).toMatchObject({ type: 'hello', pid: running.child.pid, streams: [] });
    await record(end);
    const began = performance.now();
    expect(await running.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(5_000);
    const [file, ...others] = await scanned();
    expect(others).toEqual([]);
    expect(file!.closed).toBe(true);
    await end.over();
    const closed = end.facts.map(({ fact }) => fact).find(({ kind }) => kind === 'segment.closed');
    expect(closed).toMatchObject({ reason: 'shutdown', duration: expect.closeTo(file!.seconds, 4) });
    expect(running.log).toEqual([]);
  });

  it.each([
    ['1', true],
    ['', false],
  ])('with NIGHTJAR_PARENT_PIPE=%j ends with its standard input: %s', async (value, ends) => {
    const running = await engine({ NIGHTJAR_PARENT_PIPE: value }).ready();
    running.child.stdin!.end();
    if (ends) expect(await running.ended).toEqual({ code: 0, signal: null });
    else {
      await server();
      expect(running.running).toBe(true);
    }
  });

  it('goes on draining when nobody reads its log any more', async () => {
    const running = await engine().ready();
    const end = await server();
    await record(end);
    running.child.stderr!.destroy();
    end.send('garbage that is worth a line');
    end.send({ type: 'delete_footage', id: 1, stream_id: 'yard', filenames: ['../x'] });
    expect(await running.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect((await scanned()).every(({ closed }) => closed)).toBe(true);
  });

  it('refuses to run beside another on the same data, which goes on', async () => {
    const first = await engine().ready();
    const second = engine();
    expect((await second.ended).code).toBe(1);
    expect(second.log[0]!.error!.message).toMatch(/^another engine is running on /);
    expect(first.running).toBe(true);
    await server();
  });

  it('records again after it was killed, without a server, and mends what was torn', async () => {
    const killed = await engine().ready();
    const end = await server();
    await record(end);
    expect((await killed.end('SIGKILL')).signal).toBe('SIGKILL');
    const [torn] = await scanned();
    expect(torn!.closed).toBe(false);

    const again = await engine().ready();
    const back = await server();
    await until(() => back.facts.some(({ fact }) => fact.kind === 'segment.grown'), 15_000);
    const recovered = back.facts.map(({ fact }) => fact).find(({ kind }) => kind === 'segment.closed');
    expect(recovered).toMatchObject({ filename: torn!.name, recovered: true, reason: 'killed' });
    expect(await again.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const files = await scanned();
    expect(files.length).toBe(2);
    expect(files.every(({ closed }) => closed)).toBe(true);
    expect(files[0]!.seconds).toBeGreaterThanOrEqual(torn!.seconds);
    expect((await readdir(join(dataDir, 'engine'))).concat(await readdir(join(dataDir, 'keys')))).toEqual([
      'desired.sealed',
      'link.key',
    ]);
  });

  it('does not load what it does not need: the bundled fetch', async () => {
    const spy = `process.on('exit', () => process.stderr.write(JSON.stringify({ level: 'modules', msg: process.moduleLoadList.join() }) + '\\n'))`;
    const running = await engine({}, ['--import', `data:text/javascript,${encodeURIComponent(spy)}`]).ready();
    const end = await server();
    await record(end);
    await running.end('SIGTERM');
    const modules = running.log.find(({ level }) => level === 'modules')!.msg;
    expect(modules).toContain('NativeModule http');
    expect(modules).not.toContain('undici');
  });
});
