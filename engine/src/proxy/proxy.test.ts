import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { linkBearer, type ProxyRequest } from '@nightjar/contract/link';
import type { PictureOutput } from '@nightjar/contract/vision';
import { SlabPool } from '@nightjar/media/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PictureHubs } from '../mjpeg/index.ts';
import { Publisher, QuietLog, ScriptedSource, until } from '../testing/index.ts';
import type { MadePicture, Vision } from '../vision/index.ts';
import { StreamProxy } from './index.ts';

const KEY = Buffer.alloc(32, 3);
const SOURCE = { url: 'rtsp://10.0.1.39/stream1', username: 'admin', password: 's3cret-canary' };

/** Vision that makes a picture of nothing whenever a test wants one. */
class Painter implements Pick<Vision, 'pictures'> {
  readonly wishes = new Set<{ paint: (text: string) => void; fail: () => void }>();
  opened = 0;
  #painted = 0;

  pictures(asked: Parameters<Vision['pictures']>[0]): ReturnType<Vision['pictures']> {
    let outputs: readonly PictureOutput[] = [];
    this.opened++;
    const wish = {
      paint: (text: string) => {
        const picture = {
          type: 'picture' as const,
          id: 1,
          width: 2,
          height: 2,
          arrival: 100 * ++this.#painted,
        };
        for (const { id } of outputs)
          asked.onPicture({ ...picture, output: id, jpeg: Buffer.from(text) } satisfies MadePicture);
      },
      fail: () => undefined,
    };
    this.wishes.add(wish);
    return {
      close: () => void this.wishes.delete(wish),
      outputs: (wanted) => {
        outputs = wanted;
      },
    };
  }
}

let camera: ScriptedSource;
let publisher: Publisher;
let painter: Painter;
let proxy: StreamProxy;
let server: Server;
let log: QuietLog;

beforeEach(async () => {
  camera = new ScriptedSource();
  publisher = new Publisher();
  painter = new Painter();
  log = new QuietLog();
  proxy = new StreamProxy({
    key: KEY,
    sources: new Map([['rtsp:', camera.start]]),
    hubs: new PictureHubs(painter),
    pool: new SlabPool(),
    clock: publisher.clock,
    log,
  });
  server = createServer((request, response) => void proxy.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await until(() => proxy.cameras === 0 && painter.wishes.size === 0);
  publisher.close();
  expect(publisher.clock.pending).toBe(0);
  expect(JSON.stringify(log.lines)).not.toContain('canary');
});

interface Answer {
  readonly response: IncomingMessage;
  text: string;
  leave(): void;
}

function ask(body: Partial<ProxyRequest> | string = {}, bearer = linkBearer(KEY)): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { authorization: bearer },
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const answer = { response, text: '', leave: () => request.destroy() };
    response.on('error', () => undefined);
    response.on('data', (chunk: Buffer) => {
      answer.text += chunk.toString();
    });
    resolve(answer);
  });
  request.end(typeof body === 'string' ? body : JSON.stringify({ source: SOURCE, query: '', ...body }));
  return promise;
}

const paint = (text: string): void => {
  for (const wish of painter.wishes) wish.paint(text);
};

describe('the stream proxy of the engine', () => {
  it('pulls a camera once for all who ask for it, and lets go of it with the last', async () => {
    const asked = [ask(), ask(), ask()];
    await until(() => camera.runs.length === 1 && painter.wishes.size === 1);
    expect(camera.run.options.source).toEqual(SOURCE);
    // Before a picture there is no answer: it could still be a refusal.
    paint('one');
    const answers = await Promise.all(asked.map(async (each) => each));
    for (const { response } of answers) {
      expect(response.statusCode).toBe(200);
      expect(response.headers['content-type']).toBe('multipart/x-mixed-replace; boundary=frame');
    }
    paint('two');
    await until(() => answers.every(({ text }) => text.includes('two')));
    expect(painter.opened).toBe(1);
    answers[0]!.leave();
    answers[1]!.leave();
    await until(() => camera.open.length === 1);
    expect(proxy.cameras).toBe(1);
    answers[2]!.leave();
    await until(() => camera.open.length === 0 && painter.wishes.size === 0);
    expect(proxy.cameras).toBe(0);
  });

  it('keeps cameras with other credentials apart', async () => {
    const asked = [
      ask(),
      ask({ source: { ...SOURCE, password: 'other' } }),
      ask({ source: { url: SOURCE.url } }),
    ];
    await until(() => camera.runs.length === 3 && painter.wishes.size === 3);
    paint('one');
    for (const answer of await Promise.all(asked)) answer.leave();
  });

  it.each([
    ['auth_failed', 'the camera refuses the credentials'],
    ['unreachable', 'nobody answers'],
    ['target_denied', 'loopback is refused'],
    ['no_playable_track', 'no picture'],
  ] as const)('says why there is no picture: %s', async (fault, message) => {
    const asked = ask();
    await until(() => camera.runs.length === 1);
    camera.run.lose(fault, message);
    const { response, text } = await ended(await asked);
    expect(response.statusCode).toBe(502);
    expect(JSON.parse(text)).toEqual({ status: 502, message, fault });
    expect(proxy.cameras).toBe(0);
  });

  it('connects again to a camera that was live, and ends the answer when that fails for good', async () => {
    const asked = ask();
    await until(() => camera.runs.length === 1);
    paint('one');
    const answer = await asked;
    camera.run.live().lose('closed_by_camera');
    await until(() => camera.open.length === 0);
    publisher.clock.advance(1_000);
    await until(() => camera.runs.length === 2);
    paint('again');
    await until(() => answer.text.includes('again'));
    camera.run.live().lose('auth_failed');
    await ended(answer);
    expect(camera.open).toEqual([]);
  });

  it('gives up when no picture comes in time', async () => {
    const asked = ask();
    await until(() => painter.wishes.size === 1);
    publisher.clock.advance(15_000);
    const { response } = await asked;
    expect(response.statusCode).toBe(503);
  });

  it.each([
    ['a stranger', {}, 'Bearer x', 401],
    ['nobody', {}, '', 401],
    ['a body that is none', '{', undefined, 400],
    ['a body of another shape', '{"source":{}}', undefined, 400],
    ['too much', 'x'.repeat(9_000), undefined, 413],
    ['an impossible width', { query: 'width=9' }, undefined, 400],
  ] as const)('refuses %s', async (_, body, bearer, status) => {
    const { response, text } = await ended(await ask(body, bearer ?? linkBearer(KEY)));
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ status });
    expect(camera.runs).toEqual([]);
  });
});

async function ended(answer: Answer): Promise<Answer> {
  if (!answer.response.complete) await new Promise((resolve) => answer.response.once('close', resolve));
  return answer;
}
