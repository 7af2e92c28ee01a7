import { once } from 'node:events';
import { connect } from 'node:net';
import { TICKET_HEADER } from '@nightjar/contract/link';
import { scanMp4 } from '@nightjar/media/mp4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { bytesPort } from '../recorder/testing/memory-storage.ts';
import { desiredState, type Publisher, until, videoTrack } from '../testing/index.ts';
import { DoorRig } from './testing/door-rig.ts';

let rig: DoorRig;
let source: Publisher;

beforeEach(async () => {
  rig = await DoorRig.start();
  source = rig.source;
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  expect(rig.left).toEqual({ slabs: 0, log: [] });
});

/** What a WebSocket viewer heard, in order. */
class Client {
  readonly texts: { type: string; mime: string; codecs: string; audio: boolean }[] = [];
  readonly pieces: Buffer[] = [];
  readonly socket: WebSocket;
  closed: number | undefined;

  constructor(path: string, ticket = sign()) {
    this.socket = new WebSocket(`ws+unix://${rig.socketPath}:${path}`, {
      headers: { [TICKET_HEADER]: ticket },
    });
    this.socket.on('message', (data: Buffer, binary) => {
      if (binary) this.pieces.push(data);
      else this.texts.push(JSON.parse(data.toString()));
    });
    this.socket.on('close', (code) => {
      this.closed = code;
    });
    this.socket.on('error', () => undefined);
  }
}

const sign = (): string => rig.ticket({ sub: 'person:p1', address: '192.0.2.7', grant: 'grant-1' });

async function watch(path: string): Promise<Client> {
  const client = new Client(path);
  await once(client.socket, 'open');
  return client;
}

describe('mse', () => {
  it('tells the codecs, then gives init, the frames since the key frame at once, and each frame as it comes', async () => {
    source.play(1.5);
    const client = await watch('/live/cam/mse');
    await until(() => client.pieces.length === 2);
    expect(client.texts).toEqual([
      {
        type: 'codecs',
        mime: 'video/mp4; codecs="avc1.42C01E,mp4a.40.2"',
        codecs: 'avc1.42C01E,mp4a.40.2',
        audio: true,
      },
    ]);
    source.play(0.2);
    await until(() => client.pieces.length >= 2 + 8);
    const scan = await scanMp4(bytesPort(Buffer.concat(client.pieces)));
    // 13 pictures since the key frame at 1 s, 5 since.
    const video = scan.spans.find(({ trackId }) => trackId === 1);
    expect(video?.samples).toBe(18);
    expect(rig.watching.facts).toMatchObject([
      { stream_id: 'cam', protocol: 'mse', who: 'person:p1', address: '192.0.2.7' },
    ]);
    client.socket.close();
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(1000);
    await until(() => rig.endings.length === 1);
    expect(rig.endings).toEqual(['mse left']);
  });

  it('gives the picture alone, and pieces of 200 ms, to whoever asks', async () => {
    source.play(1);
    const quiet = await watch('/live/cam/mse?audio=0');
    const parts = await watch('/live/cam/mse?parts=200');
    await until(() => quiet.pieces.length === 2 && parts.pieces.length >= 1);
    expect(quiet.texts[0]?.codecs).toBe('avc1.42C01E');
    const before = parts.pieces.length;
    source.play(2);
    await until(() => quiet.pieces.length === 2 + 50);
    await until(() => parts.pieces.length >= before + 9);
    expect(parts.pieces.length).toBeLessThan(before + 13);
  });

  it('begins anew with another format', async () => {
    source.play(1);
    const client = await watch('/live/cam/mse');
    await until(() => client.pieces.length === 2);
    source.setTracks([videoTrack(1)]);
    source.play(0.1);
    await until(() => client.texts.length === 2 && client.pieces.length >= 5);
    expect(client.texts[1]?.audio).toBe(false);
    const scan = await scanMp4(bytesPort(Buffer.concat(client.pieces.slice(2))));
    expect(scan.tracks).toHaveLength(1);
  });

  it('is closed when the right to watch ends', async () => {
    source.play(1);
    const client = await watch('/live/cam/mse');
    rig.allowed = false;
    rig.streams.clock.advance(4_000);
    await until(() => client.closed !== undefined);
    expect(rig.endings).toEqual(['mse right_ended']);
  });

  it('is closed when the stream is removed', async () => {
    source.play(1);
    const client = await watch('/live/cam/mse');
    rig.streams.registry.apply(desiredState([]));
    await until(() => client.closed !== undefined);
    expect(rig.endings).toEqual(['mse stream_ended']);
  });

  it('closes who does not read, keeping at most a bounded queue, and others lose nothing', async () => {
    source.play(1);
    const healthy = await watch('/live/cam/mse?audio=0');
    const stalled = connect(rig.socketPath);
    stalled.pause();
    stalled.write(
      [
        'GET /live/cam/mse HTTP/1.1',
        'Host: door',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        `${TICKET_HEADER}: ${sign()}`,
        '\r\n',
      ].join('\r\n'),
    );
    await until(() => rig.watching.count('cam') === 2);
    for (let i = 0; i < 30 && rig.watching.count('cam') === 2; i++) {
      source.play(1, { bytes: 50_000 });
      await until(() => healthy.pieces.length >= 2 + 25 * (i + 1));
    }
    expect(rig.endings).toEqual(['mse too_slow']);
    expect(rig.streams.facts.at(-1)).toMatchObject({ dropped: expect.any(Number) });
    stalled.destroy();
  });

  it.each([
    ['no ticket', '/live/cam/mse', '', 401],
    ['another path', '/live/cam/other', undefined, 404],
    ['an unknown stream', '/live/nobody/mse', undefined, 401],
  ])('is refused: %s', async (_what, path, ticket, status) => {
    const client = new Client(path, ticket ?? sign());
    const [, response] = await once(client.socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    client.socket.terminate();
  });

  it('ends a client that breaks the protocol', async () => {
    source.play(1);
    const client = await watch('/live/cam/mse');
    client.socket.send(Buffer.alloc(5_000));
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(1009);
  });
});

describe('stream.mp4', () => {
  it('is an endless movie from the last key frame on', async () => {
    source.play(1.5);
    const answer = await rig.viewer.open('/live/cam/stream.mp4');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'video/mp4']);
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    source.play(1);
    const samples = async (): Promise<number> => {
      const scan = await scanMp4(bytesPort(Buffer.concat(chunks)));
      return scan.spans.find(({ trackId }) => trackId === 1)?.samples ?? 0;
    };
    await until(() => rig.watching.samples[0]?.bytes === Buffer.concat(chunks).length);
    expect(await samples()).toBe(13 + 25);
    answer.destroy();
    await until(() => rig.endings.length === 1);
    expect(rig.endings).toEqual(['mp4 left']);
  });
});
