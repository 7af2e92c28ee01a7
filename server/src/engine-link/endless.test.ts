import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createRawServer,
  type Server as RawServer,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askEndless, type EndlessAnswer } from './endless.ts';

const MIB = 1024 * 1024;

let folder: string;
let socketPath: string;
const open: (Server | RawServer)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-endless-'));
  socketPath = join(folder, 'engine.sock');
});
afterEach(async () => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

async function engine(listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
}

const ask = (
  options: { signal?: AbortSignal; timeoutMs?: number; body?: Buffer } = {},
): Promise<EndlessAnswer> =>
  askEndless(
    socketPath,
    {
      method: options.body ? 'POST' : 'GET',
      path: '/live/a/mjpeg?x=1',
      headers: { 'x-a': '1' },
      body: options.body,
    },
    { timeoutMs: options.timeoutMs ?? 5_000, signal: options.signal ?? new AbortController().signal },
  );

/** A server whose every answer is what `answer` gives; its port. */
async function front(answer: () => Promise<EndlessAnswer>): Promise<number> {
  const server = createServer((_request, response) => {
    void answer().then((found) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(found.status, { connection: 'close' });
      found.pour(response);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('an answer without an end', () => {
  it('arrives byte for byte, whatever pieces it comes in, and ends when the engine ends it', async () => {
    const pieces = Array.from({ length: 200 }, (_, i) => randomBytes(1 + ((i * 7919) % 150_000)));
    await engine((_request, response) => {
      response.writeHead(200, { 'content-type': 'a/b' });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    const port = await front(() => ask());
    const hash = createHash('sha256');
    let bytes = 0;
    const [response] = await once(request({ port, host: '127.0.0.1' }).end(), 'response');
    for await (const chunk of response) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(pieces.reduce((sum, { length }) => sum + length, 0));
    expect(hash.digest('hex')).toBe(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
  });

  it('is asked for as it was said, with head and body', async () => {
    const seen: unknown[] = [];
    await engine((incoming, response) => {
      incoming.on('data', (data: Buffer) => {
        seen.push(incoming.method, incoming.url, incoming.headers['x-a'], data.toString());
        response.writeHead(418, { 'x-b': '2' }).end('teapot');
      });
    });
    const answer = await ask({ body: Buffer.from('hello') });
    expect(seen).toEqual(['POST', '/live/a/mjpeg?x=1', '1', 'hello']);
    expect(answer.status).toBe(418);
    expect(answer.headers['x-b']).toBe('2');
    expect(await answer.text()).toBe('teapot');
  });

  it('holds the engine back when the client takes nothing, and ends with the client', async () => {
    let written = 0;
    const ended = Promise.withResolvers<void>();
    await engine((_request, response) => {
      response.once('close', () => ended.resolve());
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
      };
      response.on('drain', more);
      more();
    });
    const port = await front(() => ask());
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.0\r\n\r\n');
    client.pause();
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(written).toBeLessThan(24 * MIB);
    client.destroy();
    await expect(ended.promise).resolves.toBeUndefined();
  });

  it('is given up when none begins in time, when nobody waits any more, and when there is no engine', async () => {
    await expect(ask()).rejects.toMatchObject({ code: 'ENOENT' });
    await engine(() => undefined);
    await expect(ask({ timeoutMs: 50 })).rejects.toThrow('too slow');
    const leaving = new AbortController();
    const asked = ask({ signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    await expect(ask({ signal: AbortSignal.abort(new Error('gone already')) })).rejects.toThrow(
      'gone already',
    );
  });

  it.each([
    ['a head without end', 'x'.repeat(40_000)],
    ['nothing', ''],
  ])('is refused when the engine says %s', async (_, said) => {
    const server = createRawServer((socket) => socket.resume().end(said));
    open.push(server);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    await expect(ask()).rejects.toThrow(/engine/);
  });
});
