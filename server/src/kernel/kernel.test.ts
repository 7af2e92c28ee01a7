import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createBus,
  createCameraTargets,
  createLog,
  createSerial,
  createShutdown,
  createVault,
  keyFile,
  redact,
  replaceFile,
} from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-kernel-'));
});
afterEach(() => rm(folder, { recursive: true }));

const silent = createLog({ level: 'silent', write: () => undefined });

describe('key files', () => {
  test('are made once, whoever comes first, and only the owner reads them', async () => {
    const path = join(folder, 'keys', 'link.key');
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyFile(path, 32)));
    expect(new Set(keys.map(String)).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'keys'))).toEqual(['link.key']);
    expect(await keyFile(path, 32)).toEqual(keys[0]);
  });

  test('of another size are refused', async () => {
    const path = join(folder, 'short.key');
    await writeFile(path, 'short');
    await expect(keyFile(path, 32)).rejects.toThrow('5 bytes and not 32');
  });

  test('a file is replaced whole and leaves no draft', async () => {
    const path = join(folder, 'ports.json');
    await replaceFile(path, 'one');
    await replaceFile(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['ports.json']);
  });
});

describe('the vault', () => {
  const vault = createVault(Buffer.alloc(32, 1));

  test('opens what it sealed, and nothing in another place or with another key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        const sealed = vault.seal(text, context);
        expect(vault.open(sealed, context)).toBe(text);
        expect(() => vault.open(sealed, `${context}x`)).toThrow();
        expect(() => createVault(Buffer.alloc(32, 2)).open(sealed, context)).toThrow();
      }),
    );
  });

  test('opens what older keys sealed, seals with the newest, and says which are to be sealed anew', () => {
    const old = Buffer.alloc(32, 1);
    const next = createVault(Buffer.alloc(32, 2), [old]);
    const before = vault.seal('text', 'a');
    expect([next.open(before, 'a'), next.isStale(before)]).toEqual(['text', true]);
    const after = next.seal(next.open(before, 'a'), 'a');
    expect([next.open(after, 'a'), next.isStale(after)]).toEqual(['text', false]);
    expect(() => vault.open(after, 'a')).toThrow('another key');
    // Earlier versions did not name the key.
    const unnamed = `v1.${before.split('.')[2]}`;
    expect([next.open(unnamed, 'a'), next.isStale(unnamed)]).toEqual(['text', true]);
  });

  test('never seals the same text alike', () => {
    expect(vault.seal('text', 'a')).not.toBe(vault.seal('text', 'a'));
  });

  test('notices every changed byte', () => {
    const [version, key, body = ''] = vault.seal('text', 'a').split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => vault.open(`${version}.${key}.${changed.toString('base64url')}`, 'a')).toThrow();
    }
  });
});

describe('the log', () => {
  test.each([
    ['a URL in the message', (log: typeof silent) => log.info('lost rtsp://admin:CANARY@10.0.0.5/x')],
    ['a URL in a field', (log: typeof silent) => log.info({ url: 'rtsp://admin:CANARY@10.0.0.5/x' }, 'x')],
    ['a URL in an error', (log: typeof silent) => log.error({ err: new Error('rtsp://a:CANARY@h/') }, 'x')],
    ['a query field', (log: typeof silent) => log.info('GET /x?a=1&password=CANARY')],
    ['a ticket', (log: typeof silent) => log.info('GET /live/a/b?ticket=CANARY')],
    ['a header', (log: typeof silent) => log.info({ headers: { authorization: 'Bearer CANARY' } }, 'x')],
    ['a bearer in text', (log: typeof silent) => log.info('sent Bearer CANARY')],
    ['a password field', (log: typeof silent) => log.info({ password: 'CANARY' }, 'x')],
    ['an inner password field', (log: typeof silent) => log.info({ source: { password: 'CANARY' } }, 'x')],
    ['an API token', (log: typeof silent) => log.info(`nj_CANARY${'x'.repeat(37)}`)],
    ['a JWT', (log: typeof silent) => log.info('eyJCANARY.eyJCANARY.CANARY')],
  ])('hides %s', (_what, write) => {
    const lines: string[] = [];
    write(createLog({ level: 'trace', write: (line) => lines.push(line) }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('CANARY');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
  });

  test('takes linear time on hostile text', () => {
    const before = performance.now();
    for (const text of ['eyJ'.repeat(300_000), 'nj_'.repeat(300_000), 'Bearer '.repeat(100_000)])
      redact(text);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('leaves ordinary text alone', () => {
    expect(redact('stream yard is live at rtsp://10.0.0.5/x')).toBe(
      'stream yard is live at rtsp://10.0.0.5/x',
    );
  });
});

describe('the bus', () => {
  test('tells every listener, though one fails', () => {
    const failures: unknown[] = [];
    const heard: number[] = [];
    const bus = createBus<{ news: number }>((error) => failures.push(error));
    bus.on('news', () => {
      throw new Error('deaf');
    });
    const off = bus.on('news', (news) => heard.push(news));
    bus.emit('news', 1);
    off();
    bus.emit('news', 2);
    expect([heard, failures.length]).toEqual([[1], 2]);
  });
});

describe('one after another', () => {
  test('in order, and on after a failure', async () => {
    const inTurn = createSerial();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = inTurn(async () => {
      await gate.promise;
      order.push('first');
      throw new Error('on purpose');
    });
    const second = inTurn(async () => order.push('second'));
    gate.resolve();
    await expect(first).rejects.toThrow('on purpose');
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});

describe('shutdown', () => {
  test('closes the newest first, each once, also past a failure', async () => {
    const order: string[] = [];
    const shutdown = createShutdown(silent);
    shutdown.add('a', () => void order.push('a'));
    shutdown.add('b', () => Promise.reject(new Error('on purpose')));
    shutdown.add('c', async () => void order.push('c'));
    await Promise.all([shutdown.run(1000), shutdown.run(1000)]);
    expect(order).toEqual(['c', 'a']);
  });

  test('does not wait for ever', async () => {
    const shutdown = createShutdown(silent);
    shutdown.add('stuck', () => new Promise(() => undefined));
    await shutdown.run(10);
  });
});

describe('camera targets', () => {
  const policy = { allow: ['127.0.0.1/32'], deny: [], ports: [] };
  const check = (url: string, addresses: Record<string, string[]> = {}) =>
    createCameraTargets({
      policy: () => policy,
      surroundings: () => ({ own: ['192.168.1.2'] }),
      lookup: async (name) => {
        const found = addresses[name];
        if (!found) throw new Error('ENOTFOUND');
        return found.map((address) => ({ address, family: 4 }));
      },
    }).check(url, 'source_url');

  test.each([
    ['rtsp://10.0.0.5/x', {}],
    ['rtsp://127.0.0.1:8554/x', {}],
    ['rtsp://camera.local/x', { 'camera.local': ['192.168.1.64'] }],
    ['rtsp://away.local/x', {}],
  ])('%s passes', async (url, addresses) => {
    expect((await check(url, addresses)).url).toBe(url);
  });

  test.each([
    ['rtsp://rebind.test/x', { 'rebind.test': ['127.0.0.2'] }],
    ['rtsp://rebind.test/x', { 'rebind.test': ['192.168.1.64', '169.254.169.254'] }],
    ['rtsp://rebind.test/x', { 'rebind.test': ['::ffff:127.0.0.2'] }],
    ['rtsp://public.test/x', { 'public.test': ['8.8.8.8'] }],
    ['rtsp://192.168.1.2/x', {}],
    ['rtsp://self.local/x', { 'self.local': ['192.168.1.2'] }],
  ])('%s with %j is refused', async (url, addresses) => {
    await expect(check(url, addresses)).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      details: { field: 'source_url' },
    });
  });
});
