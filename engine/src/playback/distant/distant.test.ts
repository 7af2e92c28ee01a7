import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DistantFile, OutboundPolicy } from '@nightjar/contract/link';
import { systemClock } from '@nightjar/media/stream';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeGuard } from '../../outbound/index.ts';
import { segmentStart } from '../../recorder/index.ts';
import { Library } from '../library.ts';
import { fileStore } from '../store.ts';
import { RecordedCamera } from '../testing/recorded-camera.ts';
import { DistantFootage } from './index.ts';

type Weather = 'fair' | 'failing' | 'breaks off once' | 'another range' | 'gone';

let folder: string;
let store: Server;
let files: Map<string, Buffer>;
let weather: Weather = 'fair';
let asked: string[] = [];
let allow: string[];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '', 'http://store');
  const name = pathname.slice(1);
  asked.push(`${name} ${search} ${request.headers.range}`);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const bytes = files.get(name)!.subarray(Number(first), Number(last) + 1);
  if (weather === 'failing' || weather === 'gone') {
    response.writeHead(weather === 'gone' ? 404 : 500).end('<Error/>');
    return;
  }
  const from = weather === 'another range' ? Number(first) + 1 : Number(first);
  const range = `bytes ${from}-${last}/${files.get(name)!.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': bytes.length });
  if (weather !== 'breaks off once') response.end(bytes);
  else {
    weather = 'fair';
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-distant-'));
  const camera = new RecordedCamera(folder, { segmentDuration: 20 });
  await camera.play(65, { gop: 25, bytes: 4_000 });
  await camera.end();
  const names = await readdir(folder);
  files = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
  store = createServer(answer).listen(0, '127.0.0.1');
  await once(store, 'listening');
});
afterAll(async () => {
  store.closeAllConnections();
  store.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  weather = 'fair';
  asked = [];
  allow = ['127.0.0.1/32'];
});

const policy = (): OutboundPolicy => ({ allow, deny: [], ports: [] });
const located = (signature = '0'): DistantFile[] =>
  [...files].map(([filename, { length }]) => ({
    filename,
    bytes: length,
    end: new Date(segmentStart(filename)! + 20_000).toISOString(),
    url: `http://127.0.0.1:${(store.address() as AddressInfo).port}/${filename}?X-Amz-Signature=${signature}`,
  }));

/** A library with nothing on disk. */
function library(where: () => Promise<readonly DistantFile[] | undefined> = async () => located()): Library {
  const guard = storeGuard(policy, { own: [] });
  const distant = new DistantFootage({ wanted: () => true, where, guard, clock: systemClock });
  return new Library({ store: fileStore, folder: () => '/nowhere', distant });
}

const whole = () => {
  const starts = [...files.keys()].map((name) => segmentStart(name)!);
  return { start: Math.min(...starts), end: Math.max(...starts) + 60_000 };
};

describe('footage in an object store', () => {
  it('is found and read like that on the disk', async () => {
    const near = new Library({ store: fileStore, folder: () => folder });
    const [distant, local] = [await library().find('cam', whole()), await near.find('cam', whole())];
    expect(distant.length).toBeGreaterThan(2);
    expect(distant).toEqual(local);
  });

  it('gives any range byte for byte', async () => {
    const [name, bytes] = [...files][0]!;
    const handle = await library().open('cam', name);
    expect(handle.size).toBe(bytes.length);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.nat(bytes.length + 10), async (offset, length) => {
        const got = await handle.read(offset, length);
        expect(got.equals(bytes.subarray(offset, offset + length))).toBe(true);
      }),
      { numRuns: 60, seed: 7 },
    );
    await handle.close();
  });

  it('is asked for in blocks, not in crumbs', async () => {
    const [name, bytes] = [...files][0]!;
    const handle = await library().open('cam', name);
    for (let at = 0; at < bytes.length; at += 4_096) await handle.read(at, 4_096);
    expect(asked.length).toBeLessThanOrEqual(Math.ceil(bytes.length / (1024 * 1024)) + 1);
  });

  it('comes after the store broke off in the middle', async () => {
    const [name, bytes] = [...files][0]!;
    weather = 'breaks off once';
    const handle = await library().open('cam', name);
    expect((await handle.read(0, 1_000)).equals(bytes.subarray(0, 1_000))).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it.each(['failing', 'another range', 'gone'] as const)(
    'is refused in words while the store is %s',
    async (how) => {
      weather = how;
      await expect(library().find('cam', whole())).rejects.toMatchObject({
        status: 503,
        message: expect.stringContaining('store'),
      });
    },
  );

  it('is not looked for at an address that nobody listed: no packet leaves', async () => {
    allow = [];
    const denied = library(async () => located('denied'));
    await expect(denied.find('cam', whole())).rejects.toMatchObject({ status: 503 });
    expect(asked.filter((line) => line.includes('denied'))).toEqual([]);
  });

  it('is not said to be missing while nobody can tell', async () => {
    await expect(library(async () => undefined).find('cam', whole())).rejects.toMatchObject({ status: 503 });
  });
});
