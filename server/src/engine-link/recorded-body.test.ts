import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { engineSocketPath, HAND_OVER_HEADER, type HandedOver } from '@nightjar/contract/link';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, FakeEngine, newDataDir } from '../testing/index.ts';
import { EngineDoor } from './index.ts';

const MIB = 1024 * 1024;
const BYTES = randomBytes(5 * MIB);

let folder: string;
let dataDir: string;
let engine: FakeEngine;
let door: EngineDoor;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  dataDir = await newDataDir();
  folder = await mkdtemp(join(dataDir, 'footage-'));
  await writeFile(join(folder, 'a.mp4'), BYTES);
  await writeFile(join(folder, 'b.mp4'), BYTES);
  engine = await FakeEngine.start(dataDir, { door: (request, response) => answer(request, response) });
  door = new EngineDoor(engineSocketPath(dataDir));
});
afterEach(async () => {
  door.close();
  await engine[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const get = () =>
  door.footage(
    { method: 'GET', path: '/live/yard/clip.mp4', headers: { range: 'bytes=0-' } },
    { timeoutMs: 5_000, signal: AbortSignal.timeout(10_000) },
  );

/** The engine hands over what is asked with the header, and sends `sent` without. */
function handing(handed: Partial<HandedOver>, length: number, sent = ''): void {
  const text = JSON.stringify({ head: '', files: [], ...handed });
  answer = ({ headers }, response) => {
    if (headers[HAND_OVER_HEADER] === '1')
      response.writeHead(206, { etag: '"x"', [HAND_OVER_HEADER]: length }).end(text);
    else response.writeHead(200).end(sent);
  };
}

const file = (name: string, ...spans: number[]) => ({ path: join(folder, name), spans });
const part = (from: number, size: number) => BYTES.subarray(from, from + size);

/** Files of the folder that this process has open. */
async function open(): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const links = names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(folder)).length;
}

const frames = Array.from({ length: 300 }, (_, i) => [1_000 + i * 12_112, 12_000]).flat();

test.each<[string, Partial<HandedOver>, Buffer]>([
  ['nothing', {}, Buffer.alloc(0)],
  ['what comes before alone', { head: Buffer.from('head').toString('base64') }, Buffer.from('head')],
])('%s', async (_, handed, expected) => {
  handing(handed, expected.length);
  const body = await get();
  expect([body.statusCode, body.headers.etag]).toEqual([206, '"x"']);
  expect(body.headers['content-length']).toBe(String(expected.length));
  expect(body.headers[HAND_OVER_HEADER]).toBeUndefined();
  expect((await buffer(body)).equals(expected)).toBe(true);
});

test.each<[string, () => HandedOver['files'], () => Buffer]>([
  ['a whole file of several reads', () => [file('a.mp4', 0, BYTES.length)], () => BYTES],
  [
    'pieces near each other',
    () => [file('a.mp4', ...frames)],
    () => Buffer.concat(Array.from({ length: 300 }, (_, i) => part(1_000 + i * 12_112, 12_000))),
  ],
  [
    'pieces far from each other, one that is large, and one that lies before',
    () => [file('a.mp4', 10, 5, 3 * MIB, 1.5 * MIB, 4, 2, 6, 2), file('b.mp4', 7, 1)],
    () => Buffer.concat([part(10, 5), part(3 * MIB, 1.5 * MIB), part(4, 4), part(7, 1)]),
  ],
  ['a file of which nothing is wanted', () => [file('a.mp4'), file('b.mp4', 1, 2)], () => part(1, 2)],
])('%s is read here, and closed behind it', async (_, files, expected) => {
  handing({ files: files() }, expected().length);
  expect((await buffer(await get())).equals(expected())).toBe(true);
  await eventually(async () => (await open()) === 0 || undefined);
});

test('a file that went in between is asked of the engine', async () => {
  handing({ files: [file('a.mp4', 0, 10), file('gone.mp4', 0, 10)] }, 20, 'from elsewhere');
  const body = await get();
  expect([body.statusCode, (await buffer(body)).toString()]).toEqual([200, 'from elsewhere']);
  expect(await open()).toBe(0);
});

test('what cannot be opened is asked of the engine too', async () => {
  handing({ files: [file('a.mp4', 0, 10), file('a.mp4/in-a-file.mp4', 0, 10)] }, 20, 'from elsewhere');
  expect((await buffer(await get())).toString()).toBe('from elsewhere');
  expect(await open()).toBe(0);
});

test('a file that is shorter than it was ends the answer with an error', async () => {
  handing({ files: [file('a.mp4', BYTES.length - 10, 20)] }, 20);
  await expect(buffer(await get())).rejects.toThrow('became shorter');
  expect(await open()).toBe(0);
});

test('who leaves in the middle leaves no file open', async () => {
  handing({ files: [file('a.mp4', 0, BYTES.length)] }, BYTES.length);
  const body = await get();
  for await (const piece of body) {
    expect(piece.length).toBeLessThanOrEqual(MIB);
    break;
  }
  await eventually(async () => (await open()) === 0 || undefined);
});

test('an answer that is not handed over is passed on', async () => {
  answer = (_request, response) => void response.writeHead(404).end('{}');
  const body = await get();
  expect([body.statusCode, (await buffer(body)).toString()]).toEqual([404, '{}']);
});
