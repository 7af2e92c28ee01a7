import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scanMp4 } from '@nightjar/media/mp4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Publisher, QuietLog } from '../testing/index.ts';
import { Footage } from './footage.ts';
import { Recorder } from './recorder.ts';
import { fileStorage, hotFolder } from './storage.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-footage-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the file system', () => {
  it('appends buffers in order into folders it makes, for this user and the group', async () => {
    const path = join(folder, 'a/b/c.mp4');
    const file = await fileStorage.create(path);
    await file.append([Buffer.from('one '), Buffer.alloc(0), Buffer.from('two ')], {
      kind: 'part',
      until: 0,
    });
    expect(String(await file.read?.(2, 4))).toBe('e tw');
    await file.append([Buffer.from('three')], { kind: 'part', until: 0 });
    expect(String(await file.read?.(8, 100))).toBe('three');
    await file.sync();
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('one two three');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await fileStorage.list(join(folder, 'a'))).toEqual(['b']);
  });

  it('never makes a file that is there', async () => {
    const path = join(folder, 'there.mp4');
    await writeFile(path, 'mine');
    await expect(fileStorage.create(path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('reads, cuts and appends', async () => {
    const path = join(folder, 'old.mp4');
    await writeFile(path, '0123456789');
    const file = await fileStorage.open(path);
    expect(file.size).toBe(10);
    expect((await file.read(8, 5)).toString()).toBe('89');
    expect((await file.read(20, 5)).length).toBe(0);
    await file.repair(4, Buffer.from('tail'));
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('0123tail');
  });

  it('lists nothing where nothing is, and removes what is absent', async () => {
    expect(await fileStorage.list(join(folder, 'none'))).toEqual([]);
    await fileStorage.remove(join(folder, 'none'));
    await fileStorage.remove(join(folder, 'a'));
    expect(await fileStorage.list(join(folder, 'a'))).toEqual([]);
  });

  it('does not take a short write for success', async () => {
    const path = join(folder, 'limited.mp4');
    const program = `
      const { fileStorage } = await import(process.argv[1]);
      const file = await fileStorage.create(process.argv[2]);
      const pieces = [1, 2, 3].map((value) => Buffer.alloc(100 * 1024, value));
      process.stdout.write(await file.append(pieces).then(() => 'written', (error) => error.code));
      await file.close();`;
    const run = ['--input-type=module', '-e', program, join(import.meta.dirname, 'storage.ts'), path];
    // The write that crosses the limit is short; only the next one fails (setrlimit(2), RLIMIT_FSIZE).
    const script = `trap '' XFSZ; ulimit -f 300; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, ...run]);
    expect(stdout).toBe('EFBIG');
    expect((await stat(path)).size).toBe(150 * 1024);
  });
});

describe('a recording on the file system', () => {
  it('is whole, closed and in the inventory; torn, it is whole again after recovery', async () => {
    const basePath = join(folder, 'footage');
    const source = new Publisher();
    const log = new QuietLog();
    const recorder = new Recorder({
      streamId: 'cam',
      stream: source.stream,
      storage: fileStorage,
      clock: source.clock,
      pool: source.pool,
      folder: () => hotFolder(basePath, 'cam'),
      segmentDuration: () => 60,
      fact: () => undefined,
      log,
    });
    recorder.start();
    source.play(3, { bytes: 20_000 });
    await recorder.stop('stopped');
    source.close();
    expect(source.pool.held).toBe(0);

    const path = join(hotFolder(basePath, 'cam'), '2026-01-02_03-04-00.mp4');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 20));
    const facts: unknown[] = [];
    const footage = new Footage({ storage: fileStorage, fact: (fact) => void facts.push(fact), log });
    await footage.prepare(basePath);
    await footage.tell({ streamId: 'cam', since: 0, writing: () => new Set() });
    expect(facts).toMatchObject([
      { recovered: true, bytes: bytes.length },
      { recovered: false, duration: 3 },
    ]);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    const port = await fileStorage.open(path);
    expect((await scanMp4(port)).closed).toBe(true);
    await port.close();
    await footage.remove('cam', undefined);
    expect(await fileStorage.list(join(basePath, 'hot'))).toEqual([]);
  });
});
