import { once } from 'node:events';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FootageDoor } from './testing/footage-door.ts';

const NAME = '2026-01-02_03-04-05.mp4';
const PATH = `footage/${NAME}`;
const SIZE = 700_001;
const BYTES = Buffer.from(Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

let door: FootageDoor;
beforeAll(async () => {
  door = await FootageDoor.open();
  await door.put(NAME, BYTES);
});
afterAll(() => door[Symbol.asyncDispose]());

/** The value once it has not changed for ten turns of 10 ms. */
async function settled(value: () => number): Promise<number> {
  for (let last = value(), same = 0; ; last = value()) {
    await pause(10);
    same = value() === last ? same + 1 : 0;
    if (same === 10) return last;
  }
}

const ranged = (range: string, headers: Record<string, string> = {}) =>
  door.get(PATH, { headers: { range, ...headers } });
const body = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a recorded file', () => {
  it('comes whole', async () => {
    const response = await door.get(PATH);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
    });
    expect((await body(response)).equals(BYTES)).toBe(true);
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, SIZE - 1],
    ['bytes=-10', SIZE - 10, SIZE - 1],
    [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE - 1],
    ['bytes=262143-262144', 262_143, 262_144],
    [`bytes=5-${SIZE * 2}`, 5, SIZE - 1],
  ])('by %s', async (range, first, last) => {
    const response = await ranged(range);
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/${SIZE}`);
    expect(response.headers.get('content-length')).toBe(String(last - first + 1));
    expect((await body(response)).equals(BYTES.subarray(first, last + 1))).toBe(true);
  });

  it('by any range, byte for byte', async () => {
    const ends = fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1));
    await fc.assert(
      fc.asyncProperty(ends, async ([a, b]) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const got = await body(await ranged(`bytes=${first}-${last}`));
        expect(got.equals(BYTES.subarray(first, last + 1))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('answers 416 with its length beyond its end', async () => {
    for (const range of [`bytes=${SIZE}-`, 'bytes=-0']) {
      const response = await ranged(range);
      expect([response.status, await response.text()]).toEqual([416, '']);
      expect(response.headers.get('content-range')).toBe(`bytes */${SIZE}`);
    }
  });

  it('passes over several ranges, other units and nonsense', async () => {
    for (const range of ['bytes=0-1,4-5', 'pages=1-2', 'bytes=9-1', 'bytes=zero-']) {
      const response = await ranged(range);
      expect([response.status, (await body(response)).length]).toEqual([200, SIZE]);
    }
  });

  it('answers HEAD as GET without a body, and never with a range', async () => {
    const response = await door.get(PATH, { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-length')).toBe(String(SIZE));
  });

  it('heeds If-Range and If-None-Match', async () => {
    const first = await ranged('bytes=0-0');
    const etag = first.headers.get('etag')!;
    const date = first.headers.get('last-modified')!;
    expect(etag).toMatch(/^"[^"]+"$/);
    expect((await ranged('bytes=0-1', { 'if-range': etag })).status).toBe(206);
    expect((await ranged('bytes=0-1', { 'if-range': date })).status).toBe(206);
    for (const other of ['"other"', `W/${etag}`, 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      expect((await ranged('bytes=0-1', { 'if-range': other })).status, other).toBe(200);
    }
    const same = await ranged('bytes=0-1', { 'if-none-match': etag });
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
  });

  it('is another representation when it has grown', async () => {
    const name = '2026-01-02_05-00-00.mp4';
    await door.put(name, BYTES.subarray(0, 1000));
    const before = (await door.get(`footage/${name}`)).headers.get('etag')!;
    await door.put(name, BYTES.subarray(0, 2000));
    const time = new Date();
    await utimes(join(door.folder, name), time, time);
    const after = await door.get(`footage/${name}`, { headers: { range: 'bytes=0-9', 'if-range': before } });
    expect([after.status, (await body(after)).length]).toEqual([200, 2000]);
  });

  it('without a byte is nothing, and a range of it cannot be satisfied', async () => {
    const name = '2026-01-02_06-00-00.mp4';
    await door.put(name, Buffer.alloc(0));
    const whole = await door.get(`footage/${name}`);
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, '0']);
    expect((await door.get(`footage/${name}`, { headers: { range: 'bytes=0-' } })).status).toBe(416);
  });
});

describe('reading', () => {
  const LARGE = '2026-01-02_07-00-00.mp4';

  it('waits for a viewer who takes nothing, and ends when he leaves', async () => {
    await door.put(LARGE, Buffer.alloc(64 * 1024 * 1024));
    const before = door.bytesRead;
    const viewer = request(door.client.url(`footage/${LARGE}`), { headers: door.client.headers });
    viewer.end();
    const [response] = await once(viewer, 'response');
    response.pause();
    const read = await settled(() => door.bytesRead);
    expect(read).toBeGreaterThan(before);
    expect(read - before).toBeLessThan(16 * 1024 * 1024);
    viewer.destroy();
    await rm(join(door.folder, LARGE));
    // The door goes on, and has nothing to complain of.
    expect((await door.get(PATH, { method: 'HEAD' })).status).toBe(200);
    expect(door.bytesRead - before).toBeLessThan(17 * 1024 * 1024);
    expect(door.log.lines).toEqual([]);
  });

  it('goes on after the file was removed', async () => {
    await door.put(LARGE, Buffer.alloc(8 * 1024 * 1024, 5));
    const viewer = request(door.client.url(`footage/${LARGE}`), { headers: door.client.headers });
    viewer.end();
    const [response] = await once(viewer, 'response');
    await rm(join(door.folder, LARGE));
    let length = 0;
    for await (const chunk of response) length += chunk.length;
    expect(length).toBe(8 * 1024 * 1024);
    expect((await door.get(`footage/${LARGE}`)).status).toBe(404);
  });
});

describe('what is no recording of the stream', () => {
  beforeAll(async () => {
    await writeFile(join(door.folder, 'notes.mp4'), 'secret');
    await writeFile(join(door.folder, '..', NAME), 'secret of another stream');
    await mkdir(join(door.folder, '2026-01-02_08-00-00.mp4'));
    await symlink(join(door.folder, 'notes.mp4'), join(door.folder, 'link.mp4'));
  });

  it.each([
    'footage/',
    'footage/notes.mp4',
    'footage/link.mp4',
    'footage/2026-01-02_08-00-00.mp4',
    'footage/2026-01-02_03-04-06.mp4',
    'footage/2026-13-02_03-04-05.mp4',
    `footage/../${NAME}`,
    `footage/..%2f${NAME}`,
    `footage/%2e%2e/${NAME}`,
    `footage/%2e%2e%2f${NAME}`,
    `footage/..%5c${NAME}`,
    `footage/..\\${NAME}`,
    `footage/....//${NAME}`,
    `footage//${NAME}`,
    `footage/./x/../../${NAME}`,
    `footage/${NAME}/`,
    `footage/${NAME}%00`,
    `footage/${NAME}%00.mp4`,
    `footage/x/${NAME}`,
    'footage//etc/passwd',
    'footage/%2fetc%2fpasswd',
    'footage/..%252f..%252fetc%252fpasswd',
    `FOOTAGE/${NAME}`,
  ])('%s is not found', async (path) => {
    expect([401, 404]).toContain(await door.client.rawStatus(`/live/cam/${path}`));
  });

  it('is not had without a ticket, by another stream, or by POST', async () => {
    expect((await fetch(door.client.url(PATH))).status).toBe(401);
    expect(await door.client.rawStatus(`/live/other/${PATH}`)).toBe(401);
    expect((await door.get(PATH, { method: 'POST' })).status).toBe(405);
  });
});
