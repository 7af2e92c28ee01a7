import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FlvFan, flvFileHeader, flvFraming } from '@nightjar/media/flv';
import { RtmpServer, rtmpFraming } from '@nightjar/media/rtmp';
import { systemClock } from '@nightjar/media/stream';
import { FakeClock, SELF_SIGNED } from '@nightjar/media/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audioTrack, Publisher, until, videoTrack } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

let source: Publisher;
let closing: (() => unknown)[];

beforeEach(() => {
  source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  source.play(1.5);
  closing = [];
});

afterEach(async () => {
  await Visit.endAll();
  for (const close of closing.splice(0)) await close();
  source.close();
});

const live = (visit: Visit): Promise<void> => until(() => visit.told.includes('live'));

describe('a source that is pulled over RTMP', () => {
  let server: RtmpServer;
  let asked: string[];
  let end: (() => void)[];

  beforeEach(async () => {
    asked = [];
    end = [];
    const fan = new FlvFan({ stream: source.stream, framing: rtmpFraming });
    server = new RtmpServer({
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      random: randomBytes,
      publish: async () => ({ refused: 'nobody publishes here' }),
      play: async ({ path, query }, peer) => {
        asked.push(`${path}?${query}`);
        if (path === 'none') return { refused: 'stream not found' };
        if (query.get('token') === 'bad') return { refused: 'authentication failed' };
        end.push(() => peer.end('NetStream.Play.UnpublishNotify', 'it is over'));
        return {
          start: () => {
            if (path === 'silent') return;
            fan.join({
              onHeaders: (messages) => void messages.map((message) => peer.write(message)),
              onBacklog: (messages) => void messages.map((message) => peer.write(message)),
              onMessage: (message) => peer.write(message),
              onEnd: () => undefined,
            });
          },
          close: () => undefined,
        };
      },
    });
    await server.start();
    closing.push(() => server.close());
  });

  const visit = (name: string, options?: ConstructorParameters<typeof Visit>[1]): Visit =>
    new Visit({ url: `rtmp://127.0.0.1:${server.port}/live/${name}` }, options);

  it('goes live with picture and sound, and is lost when the stream ends', async () => {
    const one = visit('yard?token=t');
    await live(one);
    expect(asked).toEqual(['yard?token=t']);
    expect(one.told).toEqual(['ready', 'live']);
    expect(one.tracks).toEqual([['avc1.42C01E', 'mp4a.40.2']]);
    expect(one.counters.bytes).toBeGreaterThan(1000);
    end[0]!();
    expect(await one.fault()).toBe('closed_by_camera');
    expect(one.tracks.at(-1)).toEqual([]);
  });

  it.each([
    ['none', 'not_found'],
    ['yard?token=bad', 'auth_failed'],
  ])('%s: %s', async (name, fault) => {
    expect(await visit(name).fault()).toBe(fault);
  });

  it('that sends nothing is given up after 5 s', async () => {
    const clock = new FakeClock();
    const one = visit('silent', { clock });
    await until(() => end.length === 1 && clock.pending > 0);
    await until(() => one.sockets[0]!.bytesRead > 3300);
    for (let i = 0; i < 7 && !one.over; i++) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    expect(await one.fault()).toBe('no_media');
  });

  it('is not reached where the policy forbids it', async () => {
    const policy = { allow: [], deny: [], ports: [] };
    expect(await visit('yard', { policy }).fault()).toBe('target_denied');
    expect(asked).toEqual([]);
  });

  it('refuses connections', async () => {
    const { port } = server;
    await server.close();
    expect(await new Visit({ url: `rtmp://127.0.0.1:${port}/live/yard` }).fault()).toBe('refused');
  });

  it('an address without an application is none', () => {
    expect(() => new Visit({ url: 'rtmp://127.0.0.1' })).toThrow('RTMP URL');
  });
});

describe('a source that is pulled over HTTP', () => {
  type Handle = (request: IncomingMessage, response: ServerResponse) => void;

  async function serve(handle: Handle, make: (handle: Handle) => Server = createServer): Promise<number> {
    const server = make(handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  const flv: Handle = (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/x-flv' });
    new FlvFan({ stream: source.stream, framing: flvFraming }).join({
      onHeaders: (messages, tracks) => {
        response.write(flvFileHeader(tracks));
        for (const message of messages) response.write(message);
      },
      onBacklog: (messages) => void messages.map((message) => response.write(message)),
      onMessage: (message) => void response.write(message),
      onEnd: () => undefined,
    });
  };

  it('as FLV goes live, and is lost when the answer ends', async () => {
    const answers: ServerResponse[] = [];
    const port = await serve((request, response) => {
      answers.push(response);
      flv(request, response);
    });
    const one = new Visit({ url: `http://127.0.0.1:${port}/flv?port=1935&app=bcs&stream=channel0_main.bcs` });
    await live(one);
    expect(one.tracks).toEqual([['avc1.42C01E', 'mp4a.40.2']]);
    answers[0]!.end();
    expect(await one.fault()).toBe('closed_by_camera');
  });

  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

  it.each<[string, string, (authorization: string) => boolean]>([
    ['Basic', 'Basic realm="r"', (text) => text === `Basic ${Buffer.from('u:p').toString('base64')}`],
    [
      'Digest',
      'Digest realm="r", nonce="n"',
      (text) => text.includes(`response="${md5(`${md5('u:r:p')}:n:${md5('GET:/a?b=c')}`)}"`),
    ],
  ])('behind %s', async (_name, challenge, good) => {
    const port = await serve((request, response) => {
      if (good(request.headers.authorization ?? '')) flv(request, response);
      else response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    const url = `http://127.0.0.1:${port}/a?b=c`;
    await live(new Visit({ url, username: 'u', password: 'p' }));
    expect(await new Visit({ url, username: 'u', password: 'wrong' }).fault()).toBe('auth_failed');
    expect(await new Visit({ url }).fault()).toBe('auth_failed');
  });

  it('is followed to another address, its credentials are not', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      if (seen.length === 1) response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      else flv(request, response);
    });
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${other}/x` }).end(),
    );
    const one = new Visit({ url: `http://127.0.0.1:${port}/`, username: 'u', password: 'p' });
    expect(await one.fault()).toBe('auth_failed');
    expect(seen).toEqual([undefined]);
  });

  it.each<[string, Handle, string]>([
    ['nothing', (_request, response) => response.writeHead(404).end(), 'not_found'],
    ['no access', (_request, response) => response.writeHead(403).end(), 'auth_failed'],
    ['an error', (_request, response) => response.writeHead(500).end(), 'protocol_error'],
    ['a circle', (_request, response) => response.writeHead(302, { location: '/' }).end(), 'protocol_error'],
    [
      'another scheme',
      (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'protocol_error',
    ],
    [
      'a page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'no_playable_track',
    ],
    [
      'what is no FLV',
      (_request, response) => response.writeHead(200, { 'content-type': 'video/x-flv' }).end('GIF89a....'),
      'protocol_error',
    ],
    ['no HTTP', (_request, response) => response.socket!.end('hello\r\n\r\n'), 'protocol_error'],
    ['an end', (_request, response) => response.socket!.destroy(), 'closed_by_camera'],
  ])('%s: told as %3$s', async (_name, handle, fault) => {
    const port = await serve(handle);
    expect(await new Visit({ url: `http://127.0.0.1:${port}/` }).fault()).toBe(fault);
  });

  it('over TLS, the certificate first', async () => {
    const port = await serve(flv, (handle) => createTlsServer(SELF_SIGNED, handle) as unknown as Server);
    const one = new Visit({ url: `https://127.0.0.1:${port}/` });
    await live(one);
    expect(one.certificates).toEqual([{ fingerprint: expect.any(String), trusted: true }]);
    const pinned = new Visit({ url: `https://127.0.0.1:${port}/`, tls_pin: '0'.repeat(64) });
    expect(await pinned.fault()).toBe('tls_changed');
  });

  it('is not reached where the policy forbids it', async () => {
    const policy = { allow: [], deny: [], ports: [] };
    const port = await serve(flv);
    expect(await new Visit({ url: `http://127.0.0.1:${port}/` }, { policy }).fault()).toBe('target_denied');
  });
});
