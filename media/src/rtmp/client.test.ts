import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type AmfValue, readAmf, writeAmf } from '../flv/index.ts';
import { FakeClock } from '../testing/index.ts';
import { ChunkReader } from './chunk-reader.ts';
import { commandMessage, controlMessage, MEDIA_STREAM, rtmpFraming, userControl } from './chunk-writer.ts';
import { RtmpClient } from './client.ts';
import { Handshake } from './handshake.ts';
import { EVENT, MESSAGE, OUR_CHUNK_SIZE } from './message.ts';
import { film } from './testing/film.ts';
import { parseRtmpUrl } from './url.ts';

type Say = (...values: AmfValue[]) => void;
/** What a server does with a command. */
type Script = (command: { name: string; transaction: number }, say: Say, socket: Socket) => void;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const NOTHING = Buffer.alloc(0);

/** A server that says what a test tells it, in chunks of 64 KiB. */
async function scripted(script: Script): Promise<{ port: number; heard: string[]; types: number[] }> {
  const heard: string[] = [];
  const types: number[] = [];
  const server = createServer((socket) => {
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    const handshake = new Handshake('server', { write: (bytes) => socket.write(bytes), random: randomBytes });
    const say: Say = (...values) =>
      void socket.write(commandMessage(writeAmf(...values), { streamId: 0, chunkSize: OUR_CHUNK_SIZE }));
    const reader = new ChunkReader({
      message: (type, _stream, _time, b, start, end) => {
        types.push(type);
        if (type !== MESSAGE.command) return;
        const [name, transaction] = readAmf(b, start, end) as [string, number];
        heard.push(name);
        script({ name, transaction }, say, socket);
      },
    });
    let begun = false;
    socket.on('data', (chunk: Buffer) => {
      const at = handshake.done ? 0 : handshake.read(chunk, 0, chunk.length);
      if (handshake.done && !begun) {
        begun = true;
        socket.write(controlMessage(MESSAGE.setChunkSize, OUR_CHUNK_SIZE));
      }
      reader.read(chunk, at);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, heard, types };
}

function client(port: number, clock = new FakeClock()) {
  const taken: number[] = [];
  const lost: unknown[] = [];
  const rtmp = new RtmpClient({
    url: parseRtmpUrl(`rtmp://127.0.0.1:${port}/bcs/channel0_main.bcs?user=u&password=s3cret`)!,
    connect: ({ host, port: to }, onread) => connect({ host, port: to, onread }),
    readBuffer: Buffer.alloc(64 * 1024),
    clock,
    random: randomBytes,
    sink: { tag: (type) => void taken.push(type) },
    onClose: (error) => void lost.push(error),
  });
  closing.push(() => rtmp.close());
  return { rtmp, taken, lost, clock };
}

const results =
  (transaction: (asked: number) => number): Script =>
  (command, say) => {
    if (command.name === 'connect') say('_result', transaction(command.transaction), {}, {});
    if (command.name === 'createStream') say('_result', transaction(command.transaction), null, 1);
    if (command.name === 'play') say('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.Start' });
  };

describe('a server that', () => {
  it.each([
    ['answers as it should', (asked: number) => asked],
    ['quirk 61: answers everything with transaction 0', () => 0],
  ])('%s is played from', async (_name, transaction) => {
    const { port, heard } = await scripted(results(transaction));
    await client(port).rtmp.play();
    expect(heard).toEqual(['connect', 'createStream', 'play']);
  });

  it('sends media without saying that it begins is played from', async () => {
    const { port } = await scripted((command, say, socket) => {
      if (command.name !== 'play') results((asked) => asked)(command, say, socket);
      else socket.write(rtmpFraming(9, 0, NOTHING, film.record(), 0, film.record().length));
    });
    const one = client(port);
    await one.rtmp.play();
    expect(one.taken).toEqual([9]);
  });

  it('asks whether we are there, and how much arrived, is answered', async () => {
    const { port, types } = await scripted((command, say, socket) => {
      if (command.name !== 'play') return results((asked) => asked)(command, say, socket);
      socket.write(controlMessage(MESSAGE.windowAckSize, 1024));
      socket.write(userControl(EVENT.ping, 7));
      const big = Buffer.alloc(3000, 0x27);
      socket.write(rtmpFraming(9, 0, NOTHING, big, 0, big.length));
    });
    await client(port).rtmp.play();
    while (!types.includes(MESSAGE.acknowledgement)) await new Promise(setImmediate);
    expect(types).toContain(MESSAGE.userControl);
  });

  it.each<[string, Script, object]>([
    [
      'refuses the connection',
      ({ name }, say) =>
        name === 'connect' &&
        say('_error', 1, null, { code: 'NetConnection.Connect.Rejected', description: 'auth needed' }),
      { code: 'auth_failed', message: 'the server refused: auth needed' },
    ],
    [
      'repeats a secret in its refusal',
      ({ name }, say) =>
        name === 'connect' &&
        say('_error', 1, null, { description: 'no x?user=u&password=s3cret at rtmp://h/s3cret' }),
      { code: 'refused', message: 'the server refused: no … at …' },
    ],
    [
      'says nothing of why',
      ({ name }, say) => name === 'connect' && say('_error', 1),
      { code: 'refused', message: 'the server refused: no reason given' },
    ],
    ['leaves', (_command, _say, socket) => socket.destroy(), { code: 'closed_by_camera' }],
    [
      'sends nonsense',
      (_command, _say, socket) => void socket.write(Buffer.alloc(64, 0xff)),
      { code: 'protocol_error' },
    ],
  ])('%s: a typed error without secrets', async (_name, script, expected) => {
    const { port } = await scripted(script);
    const one = client(port);
    await expect(one.rtmp.play()).rejects.toMatchObject(expected);
    expect(one.lost).toHaveLength(1);
  });

  it('does not answer is given up after 10 s', async () => {
    const { port, heard } = await scripted(() => undefined);
    const one = client(port);
    const played = one.rtmp.play();
    const failed = expect(played).rejects.toMatchObject({ code: 'timeout' });
    while (heard.length === 0) await new Promise(setImmediate);
    one.clock.advance(10_000);
    await failed;
    expect(one.clock.pending).toBe(0);
  });

  it('ends the stream ends the connection', async () => {
    const { port } = await scripted((command, say, socket) => {
      results((asked) => asked)(command, say, socket);
      if (command.name === 'play')
        say('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.UnpublishNotify' });
    });
    const one = client(port);
    await one.rtmp.play();
    while (one.lost.length === 0) await new Promise(setImmediate);
    expect(one.lost[0]).toMatchObject({ code: 'closed_by_camera' });
    one.rtmp.write(rtmpFraming(9, 0, NOTHING, NOTHING, 0, 0));
    expect(MEDIA_STREAM).toBe(1);
  });
});
