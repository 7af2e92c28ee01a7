import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QuietLog } from '../testing/index.ts';
import { readSettings, SealedFile, SettingsError, sharedKey } from './index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-kernel-'));
});
afterAll(() => rm(folder, { recursive: true }));

const WEBRTC = { webrtcPort: 8189, webrtcWorkers: 1, webrtcHost: '', webrtcAddresses: [] };

const RTMP = { rtmpPort: 1935, rtmpHost: '0.0.0.0' };

describe('settings', () => {
  it.each([
    [
      {},
      {
        dataDir: './data',
        rtspPort: 8554,
        rtspUdpPort: 8556,
        rtspHost: '0.0.0.0',
        parentPipe: false,
        ...RTMP,
        ...WEBRTC,
      },
    ],
    [
      {
        NIGHTJAR_DATA_DIR: '/d',
        NIGHTJAR_RTSP_PORT: '0',
        NIGHTJAR_RTSP_HOST: '::1',
        NIGHTJAR_PARENT_PIPE: '1',
      },
      { dataDir: '/d', rtspPort: 0, rtspUdpPort: 0, rtspHost: '::1', parentPipe: true, ...RTMP, ...WEBRTC },
    ],
    [
      { NIGHTJAR_DATA_DIR: '', NIGHTJAR_RTSP_PORT: '', NIGHTJAR_RTSP_HOST: '', NIGHTJAR_PARENT_PIPE: 'yes' },
      {
        dataDir: './data',
        rtspPort: 8554,
        rtspUdpPort: 8556,
        rtspHost: '0.0.0.0',
        parentPipe: false,
        ...RTMP,
        ...WEBRTC,
      },
    ],
    [
      {
        NIGHTJAR_RTSP_PORT: '65535',
        NIGHTJAR_WEBRTC_PORT: '0',
        NIGHTJAR_WEBRTC_HOST: '::1',
        NIGHTJAR_WEBRTC_WORKERS: '3',
        NIGHTJAR_WEBRTC_ADDRESSES: 'cam.example.org, 203.0.113.7,,fd00::1',
      },
      {
        ...{ dataDir: './data', rtspPort: 65_535, rtspUdpPort: 0 },
        ...{ rtspHost: '0.0.0.0', parentPipe: false, ...RTMP },
        ...{ webrtcPort: 0, webrtcHost: '::1', webrtcWorkers: 3 },
        webrtcAddresses: ['cam.example.org', '203.0.113.7', 'fd00::1'],
      },
    ],
  ])('of %j', (environment, settings) => expect(readSettings(environment)).toEqual(settings));

  it.each(['0', '17', '1.5', 'two'])('refuse %s WebRTC workers', (text) => {
    expect(() => readSettings({ NIGHTJAR_WEBRTC_WORKERS: text })).toThrow(/must be a number from 1 to 16/);
  });

  it('refuse an odd UDP port', () => {
    expect(() => readSettings({ NIGHTJAR_RTSP_UDP_PORT: '8557' })).toThrow(
      /NIGHTJAR_RTSP_UDP_PORT must be even/,
    );
  });

  it.each(['65536', '-1', '1e3', '0x50', ' 80', '80 ', '8554/tcp', 'rtsp', '999999'])(
    'refuse port %j',
    (port) => {
      expect(() => readSettings({ NIGHTJAR_RTSP_PORT: port })).toThrow(SettingsError);
      expect(() => readSettings({ NIGHTJAR_RTSP_PORT: port })).toThrow('NIGHTJAR_RTSP_PORT');
    },
  );

  it('refuses addresses that would not stand in a session description', () => {
    expect(() => readSettings({ NIGHTJAR_WEBRTC_ADDRESSES: '10.0.0.1\r\na=x' })).toThrow(
      'NIGHTJAR_WEBRTC_ADDRESSES',
    );
  });
});

describe('the shared key', () => {
  it('is the same for 20 callers that come at once, private, and leaves nothing beside it', async () => {
    const path = join(folder, 'race/keys/link.key');
    const keys = await Promise.all(Array.from({ length: 20 }, () => sharedKey(path)));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(keys[0]!.length).toBe(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'race/keys'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'race/keys'))).toEqual(['link.key']);
    expect(await sharedKey(path)).toEqual(keys[0]);
  });

  it('is the same for programs that start at once', async () => {
    const path = join(folder, 'programs/link.key');
    const program = `
      const { sharedKey } = await import(process.argv[1]);
      process.stdout.write((await sharedKey(process.argv[2])).toString('hex'));`;
    const run = ['--input-type=module', '-e', program, join(import.meta.dirname, 'shared-key.ts'), path];
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, run)),
    );
    expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(outputs[0]!.stdout).toBe((await readFile(path)).toString('hex'));
  });

  it('becomes private again when somebody opened it up', async () => {
    const path = join(folder, 'open/link.key');
    await sharedKey(path);
    await chmod(path, 0o644);
    await sharedKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([0, 31, 33])('of %i bytes is refused', async (length) => {
    const path = join(folder, `short-${length}.key`);
    await writeFile(path, Buffer.alloc(length));
    await expect(sharedKey(path)).rejects.toThrow('32 bytes');
  });
});

describe('a sealed file', () => {
  const key = Buffer.alloc(32, 1);
  const text = JSON.stringify({ password: 'quite secret', list: ['ä', '🦉'] });

  it('gives back what was written last, to the holder of the key only', async () => {
    const path = join(folder, 'sealed/desired.sealed');
    const log = new QuietLog();
    const file = new SealedFile(path, key, log);
    expect(await file.read()).toBeUndefined();
    await file.write('something older and longer than what follows, by far');
    await file.write(text);
    expect(await new SealedFile(path, key, log).read()).toBe(text);
    expect((await readFile(path)).includes('secret')).toBe(false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'sealed'))).toEqual(['desired.sealed']);
    expect(log.lines).toEqual([]);
    expect(await new SealedFile(path, Buffer.alloc(32, 2), log).read()).toBeUndefined();
    expect(log.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('differs each time it is written', async () => {
    const path = join(folder, 'sealed/twice');
    const file = new SealedFile(path, key, new QuietLog());
    await file.write(text);
    const first = await readFile(path);
    await file.write(text);
    expect((await readFile(path)).equals(first)).toBe(false);
  });

  it('that somebody changed or cut anywhere is as good as none', async () => {
    const path = join(folder, 'sealed/tampered');
    const log = new QuietLog();
    const file = new SealedFile(path, key, log);
    await file.write(text);
    const sealed = await readFile(path);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      await writeFile(path, changed);
      expect(await file.read(), `byte ${at} changed`).toBeUndefined();
      await writeFile(path, sealed.subarray(0, at));
      expect(await file.read(), `cut at ${at}`).toBeUndefined();
    }
    expect(log.lines.length).toBe(2 * sealed.length);
    await file.write(text);
    expect(await file.read()).toBe(text);
  });

  it('is written over what a killed program left', async () => {
    const path = join(folder, 'sealed/left');
    await mkdir(join(folder, 'sealed'), { recursive: true });
    await writeFile(`${path}.draft`, Buffer.alloc(10_000, 7));
    const file = new SealedFile(path, key, new QuietLog());
    await file.write('short');
    expect(await file.read()).toBe('short');
  });
});
