import { connect, type Socket } from 'node:net';
import {
  linkAuthorization,
  RELAY_PATH,
  RELAY_PROTOCOL,
  RelayReader,
  readMedia,
  relayFrame,
  relayJson,
  type Taken,
  TO_ENGINE,
  TO_SERVER,
  takenFrame,
} from '@nightjar/contract/link';
import { scanMp4 } from '@nightjar/media/mp4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesPort } from '../../recorder/testing/memory-storage.ts';
import { until } from '../../testing/index.ts';
import { DoorRig } from '../testing/door-rig.ts';

let rig: DoorRig;
let server: ServerEnd;

beforeEach(async () => {
  rig = await DoorRig.start();
  server = await ServerEnd.open();
});

afterEach(async () => {
  server.socket.destroy();
  await rig[Symbol.asyncDispose]();
  expect(rig.left).toEqual({ slabs: 0, log: [] });
});

/** The server's end of a relay. */
class ServerEnd {
  readonly socket: Socket;
  readonly begun = new Map<number, Record<string, string>>();
  readonly refused = new Map<number, { status: number; message: string }>();
  readonly heard = new Map<number, Buffer[]>();
  /** How many viewers each media frame was for. */
  readonly shared: number[] = [];
  /** Viewers that media came for, in its order. */
  readonly order: number[] = [];
  readonly ended: number[] = [];
  readonly cut: number[] = [];
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.once('close', () => {
      this.closed = true;
    });
  }

  static async open(
    authorization = linkAuthorization(rig.key),
    protocol = RELAY_PROTOCOL,
  ): Promise<ServerEnd> {
    const socket = connect(rig.socketPath);
    const end = new ServerEnd(socket);
    const lines = [
      `GET ${RELAY_PATH} HTTP/1.1`,
      'Host: engine',
      'Connection: Upgrade',
      `Upgrade: ${protocol}`,
      `Authorization: ${authorization}`,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const reader = new RelayReader((kind, payload) => end.#take(kind, payload));
    const head = await new Promise<string>((resolve) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')));
    });
    if (!head.includes(' 101 ')) throw new Error(head.split('\r\n')[0]);
    socket.on('data', (bytes: Buffer) => reader.read(bytes));
    return end;
  }

  watch(id: number, path: string, more: { ticket?: string; web_socket?: object } = {}): void {
    const ticket = rig.viewer.ticket('cam');
    this.socket.write(relayJson(TO_ENGINE.open, id, { path: `/live/cam/${path}`, ticket, ...more }));
  }

  tell(...rows: Taken[]): void {
    this.socket.write(takenFrame(rows));
  }

  lengthOf(id: number): number {
    return (this.heard.get(id) ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  bytesOf(id: number): Buffer {
    return Buffer.concat(this.heard.get(id) ?? []);
  }

  #take(kind: number, payload: Buffer): void {
    if (kind === TO_SERVER.media) {
      this.shared.push(payload.readUInt32BE(0));
      readMedia(payload, (id, bytes) => {
        this.order.push(id);
        const heard = this.heard.get(id);
        if (heard) heard.push(bytes);
        else this.heard.set(id, [bytes]);
      });
      return;
    }
    const id = payload.readUInt32BE(0);
    const json = () => JSON.parse(payload.toString('utf8', 4));
    if (kind === TO_SERVER.begun) this.begun.set(id, json().headers);
    else if (kind === TO_SERVER.refused) this.refused.set(id, json());
    else if (kind === TO_SERVER.end) this.ended.push(id);
    else this.cut.push(id);
  }
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const WEB_SOCKET = { web_socket: { key: KEY, version: '13' } };

describe('a relay', () => {
  it('sends each frame once for all viewers of one way, and each viewer has a whole movie', async () => {
    rig.source.play(1.5);
    for (const id of [1, 2, 3]) server.watch(id, 'stream.mp4');
    server.watch(4, 'stream.flv');
    await until(() => server.begun.size === 4);
    expect(server.begun.get(1)).toEqual({ 'content-type': 'video/mp4', 'cache-control': 'no-store' });
    expect(server.begun.get(4)?.['content-type']).toBe('video/x-flv');
    server.shared.length = 0;
    rig.source.play(1);
    const wanted = (id: number) => rig.watching.samples[id - 1]?.bytes;
    await until(() => [1, 2, 3, 4].every((id) => server.lengthOf(id) === wanted(id)));
    for (const id of [1, 2, 3]) {
      const scan = await scanMp4(bytesPort(server.bytesOf(id)));
      expect(scan.spans.find(({ trackId }) => trackId === 1)?.samples).toBe(13 + 25);
    }
    expect(new Set(server.shared)).toEqual(new Set([3, 1]));
    expect(server.shared.filter((viewers) => viewers === 3).length).toBeGreaterThanOrEqual(25);
  });

  it('lets pictures of others pass what newcomers are given to start with', async () => {
    const bytes = 100_000;
    rig.source.play(1.5, { bytes });
    server.watch(1, 'stream.flv');
    await until(() => server.lengthOf(1) > 13 * bytes);
    server.socket.pause();
    for (const id of [2, 3]) server.watch(id, 'stream.flv');
    await until(() => rig.watching.samples.length === 3);
    rig.source.play(0.1, { bytes });
    server.order.length = 0;
    server.socket.resume();
    const wanted = (id: number) => rig.watching.samples[id - 1]?.bytes;
    await until(() => [1, 2, 3].every((id) => server.lengthOf(id) === wanted(id)));
    const [live, last] = [server.order.lastIndexOf(1), server.order.lastIndexOf(2)];
    expect(live).toBeGreaterThanOrEqual(0);
    // Of what newcomers get no more is before it than the line had taken by then.
    expect(last - live).toBeGreaterThan(10);
    expect(server.bytesOf(2)).toEqual(server.bytesOf(3));
  });

  it('carries a WebSocket, whose client may say that it leaves', async () => {
    rig.source.play(1);
    server.watch(1, 'mse', WEB_SOCKET);
    await until(() => server.begun.has(1) && server.lengthOf(1) > 1000);
    expect(server.begun.get(1)).toEqual({ 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' });
    expect(server.bytesOf(1).subarray(2, 40).toString()).toContain('"type":"codecs"');
    // A masked close frame.
    server.socket.write(relayFrame(TO_ENGINE.said, 1, Buffer.from('888000000000', 'hex')));
    await until(() => server.ended.includes(1));
    server.socket.write(relayFrame(TO_ENGINE.left, 1));
    await until(() => rig.endings.length === 1);
    expect(rig.endings).toEqual(['mse left']);
  });

  it('a viewer whose client takes nothing skips, then is cut off; one that is told of loses nothing', async () => {
    rig.source.play(1);
    server.watch(1, 'stream.flv');
    server.watch(2, 'stream.flv');
    await until(() => server.begun.size === 2);
    let told = 0;
    for (let i = 0; i < 100 && rig.endings.length === 0; i++) {
      rig.source.play(0.2, { bytes: 100_000 });
      await until(() => server.lengthOf(2) === rig.watching.samples.find(({ id }) => id === 'v2')?.bytes);
      const all = server.lengthOf(2);
      server.tell(
        { viewer: 2, taken: all - told, queued: 0 },
        { viewer: 1, taken: 0, queued: server.lengthOf(1) },
      );
      told = all;
    }
    expect(rig.endings).toEqual(['flv too_slow']);
    await until(() => server.cut.includes(1));
    expect(server.lengthOf(1)).toBeLessThan(2.5 * 2 ** 20);
    expect(rig.watching.samples).toMatchObject([{ id: 'v2', dropped: 0 }]);
  });

  it('a server that tells nothing is a queue like any other', async () => {
    rig.source.play(1);
    server.watch(1, 'stream.flv');
    await until(() => server.begun.has(1));
    for (let i = 0; i < 100 && rig.endings.length === 0; i++) rig.source.play(0.2, { bytes: 100_000 });
    expect(rig.endings).toEqual(['flv too_slow']);
  });

  it('ends a viewer whose right ends, and all of them with the relay', async () => {
    rig.source.play(1);
    const grant = { sub: 'person:p1', grant: 'g' };
    server.watch(1, 'stream.flv', { ticket: rig.ticket(grant) });
    server.watch(2, 'stream.flv');
    await until(() => server.begun.size === 2);
    rig.allowed = false;
    rig.streams.clock.advance(4_000);
    await until(() => server.ended.includes(1));
    server.socket.destroy();
    await until(() => rig.endings.length === 2);
    expect(rig.endings).toEqual(['flv right_ended', 'flv left']);
  });

  it.each([
    ['another path', 'index.m3u8', {}, 404],
    ['mse without a handshake', 'mse', {}, 404],
    ['a handshake of another version', 'mse', { web_socket: { key: KEY, version: '8' } }, 400],
    ['a handshake elsewhere', 'stream.flv', WEB_SOCKET, 404],
    ['a forged ticket', 'stream.flv', { ticket: 'x.y' }, 401],
  ])('refuses %s, and goes on', async (_what, path, more, status) => {
    rig.source.play(1);
    server.watch(1, path, more);
    await until(() => server.refused.has(1));
    expect(server.refused.get(1)?.status).toBe(status);
    server.watch(1, 'stream.flv');
    await until(() => server.begun.has(1));
  });

  it.each([
    ['a frame that is too long', Buffer.from('7fffffff01', 'hex')],
    ['a frame of no kind', relayFrame(9, 1)],
    ['a frame about nobody', Buffer.from('0000000001', 'hex')],
    ['an opening that is no JSON', relayFrame(TO_ENGINE.open, 1, Buffer.from('{'))],
    ['an opening of another shape', relayJson(TO_ENGINE.open, 1, { path: 1 })],
    ['rows of another length', Buffer.from('000000050301020304ff', 'hex')],
  ])('ends with %s', async (_what, bytes) => {
    server.socket.write(bytes);
    await until(() => server.closed);
  });

  it('is for the server alone', async () => {
    await expect(ServerEnd.open('Bearer x')).rejects.toThrow('401');
    await expect(ServerEnd.open(undefined, 'websocket')).rejects.toThrow('400');
  });
});
