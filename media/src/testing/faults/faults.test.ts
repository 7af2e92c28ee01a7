import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../fake-clock.ts';
import { H264 } from '../quirks/film.ts';
import { Player, QuirkyCamera } from '../quirks/index.ts';
import { type DatagramFaults, DatagramLane } from './datagram-lane.ts';
import { FaultProxy, seeded } from './index.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 5_000, interval: 5 });
const decent = { behave: () => ({}) };

/** An echo behind the proxy, and a client in front of it. */
class Line implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly client: net.Socket;
  readonly #echo: net.Server;
  received = Buffer.alloc(0);
  behind: net.Socket | undefined;
  ended: string | undefined;

  private constructor(echo: net.Server, proxy: FaultProxy) {
    this.#echo = echo;
    this.proxy = proxy;
    echo.on('connection', (socket) => {
      this.behind = socket;
      socket.on('error', () => undefined).pipe(socket);
    });
    this.client = net.connect({ port: proxy.port, host: '127.0.0.1' });
    this.client.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    this.client.on('error', (error: NodeJS.ErrnoException) => {
      this.ended = error.code;
    });
    this.client.on('close', () => {
      this.ended ??= 'closed';
    });
  }

  static async open(clock?: FakeClock): Promise<Line> {
    const echo = net.createServer();
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as net.AddressInfo;
    return new Line(echo, await FaultProxy.start({ target: { port }, ...(clock && { clock }) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.behind?.destroy();
    await this.proxy[Symbol.asyncDispose]();
    await new Promise((resolve) => this.#echo.close(resolve));
  }
}

describe('bytes through the proxy', () => {
  const open: Line[] = [];
  afterEach(async () => {
    for (const line of open.splice(0)) await line[Symbol.asyncDispose]();
  });
  async function line(clock?: FakeClock): Promise<Line> {
    const made = await Line.open(clock);
    open.push(made);
    return made;
  }

  it('are as they were when nothing is wrong, and so is the end', async () => {
    const { client, ...rest } = await line();
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 255));
    client.end(sent);
    await eventually(() => open[0]!.received.length).toBe(sent.length);
    expect(open[0]!.received.equals(sent)).toBe(true);
    await eventually(() => open[0]!.ended).toBe('closed');
    await eventually(() => rest.proxy.open).toBe(0);
  });

  it('come later by the latency', async () => {
    const clock = new FakeClock();
    const one = await line(clock);
    one.proxy.faults.up.latencyMs = 500;
    one.client.write('hello');
    await eventually(() => clock.pending).toBe(1);
    clock.advance(499);
    expect(one.received.length).toBe(0);
    clock.advance(1);
    await eventually(() => one.received.toString()).toBe('hello');
  });

  it('wait while it is stalled, without growing memory here, and none is lost', async () => {
    const one = await line();
    one.client.write('first');
    await eventually(() => one.received.toString()).toBe('first');
    one.proxy.stall();
    const rest = Buffer.alloc(3_000_000, 1);
    one.client.write(rest);
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.received.toString()).toBe('first');
    one.proxy.resume();
    await eventually(() => one.received.length).toBe(5 + rest.length);
  });

  it('dribble', async () => {
    const clock = new FakeClock();
    const one = await line(clock);
    one.proxy.faults.up.dribble = { bytes: 2, everyMs: 100 };
    one.client.write('abcdef');
    for (const text of ['ab', 'abcd', 'abcdef']) {
      await eventually(() => one.received.toString()).toBe(text);
      clock.advance(100);
    }
  });

  it('have flipped bits, the same for the same seed', async () => {
    const texts: string[] = [];
    for (const one of [await line(), await line()]) {
      one.proxy.faults.up.flips = 0.05;
      one.client.write(Buffer.alloc(1000));
      await eventually(() => one.received.length).toBe(1000);
      texts.push(one.received.toString('hex'));
      const wrong = one.received.filter((byte) => byte !== 0);
      expect(wrong.length).toBeGreaterThan(20);
      for (const byte of wrong) expect(Math.log2(byte) % 1).toBe(0);
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('are reset', async () => {
    const one = await line();
    one.client.write('x');
    await eventually(() => one.received.length).toBe(1);
    one.proxy.reset();
    await eventually(() => one.ended).toBe('ECONNRESET');
  });

  it('are half open: the server knows that it is over, the client does not', async () => {
    const one = await line();
    one.client.write('x');
    await eventually(() => one.received.length).toBe(1);
    one.proxy.halfOpen();
    await eventually(() => one.behind?.destroyed).toBe(true);
    one.client.write('anybody there?');
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.ended).toBeUndefined();
  });

  it('are refused for a while', async () => {
    const one = await line();
    one.client.write('x');
    await eventually(() => one.received.toString()).toBe('x');
    one.proxy.refuse(true);
    const refused = net.connect({ port: one.proxy.port, host: '127.0.0.1' });
    const [error] = await once(refused, 'error');
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');
    one.proxy.refuse(false);
    one.client.write('y');
    await eventually(() => one.received.toString()).toBe('xy');
  });
});

describe('datagrams through the proxy', () => {
  function through(faults: DatagramFaults, count = 1000, clock = new FakeClock()): number[] {
    const out: number[] = [];
    const send = (bytes: Buffer) => void out.push(bytes.readUInt32BE(0));
    const lane = new DatagramLane({ faults, clock, random: seeded(7), send });
    for (let index = 0; index < count; index++) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(index);
      lane.take(bytes);
    }
    clock.advance(1000);
    lane.close();
    expect(clock.pending).toBe(0);
    return out;
  }
  const all = Array.from({ length: 1000 }, (_, index) => index);

  it('are lost, sent twice, overtaken, held back or late, about as often as asked for', () => {
    expect(through({})).toEqual(all);
    expect(through({ stalled: true })).toEqual([]);
    expect(through({ latencyMs: 20 })).toEqual(all);
    const left = through({ loss: 0.1 });
    expect(left.length).toBeGreaterThan(850);
    expect(left.length).toBeLessThan(950);
    expect(through({ duplicate: 0.1 }).length).toBeGreaterThan(1050);
    const shuffled = through({ reorder: 0.2 });
    expect(shuffled).not.toEqual(all);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(all.slice(0, shuffled.length));
    for (const [at, index] of shuffled.entries()) expect(Math.abs(at - index)).toBeLessThanOrEqual(1);
    expect(through({ flips: 0.1 })).not.toEqual(all);
  });
});

describe('a camera behind the proxy', () => {
  async function behind(transports: readonly ('tcp' | 'udp')[]) {
    const camera = await QuirkyCamera.start(decent);
    const proxy = await FaultProxy.start({ target: { port: Number(new URL(camera.url).port) } });
    const player = new Player(`rtsp://127.0.0.1:${proxy.port}/live`, transports);
    return {
      proxy,
      player,
      [Symbol.asyncDispose]: async () => {
        await player[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
        await camera[Symbol.asyncDispose]();
      },
    };
  }
  const times = (player: Player) => player.of('video').map(({ dts }) => dts);
  const rises = (list: readonly number[]) =>
    list.every((time, index) => index === 0 || time > list[index - 1]!);

  it('plays over TCP with latency, and goes on after a stall', async () => {
    await using line = await behind(['tcp']);
    line.proxy.faults.down.latencyMs = 60;
    await line.player.until(() => line.player.of('video').length >= 5);
    line.proxy.stall();
    const before = line.player.of('video').length;
    line.proxy.resume();
    await line.player.until(() => line.player.of('video').length >= before + 5);
    expect(rises(times(line.player))).toBe(true);
  });

  it('that is reset is lost by name', async () => {
    await using line = await behind(['tcp']);
    const playing = line.player.until(() => line.player.of('video').length >= 1000);
    await eventually(() => line.player.of('video').length).toBeGreaterThan(2);
    line.proxy.reset();
    await expect(playing).rejects.toMatchObject({
      code: 'closed_by_camera',
      message: expect.stringContaining('ECONNRESET'),
    });
  });

  it('plays over UDP with reordered and doubled datagrams, all pictures whole', async () => {
    await using line = await behind(['udp']);
    Object.assign(line.proxy.faults.datagrams, { reorder: 0.1, duplicate: 0.05 });
    await line.player.until(() => line.player.of('video').length >= 20);
    expect(line.player.counters).toMatchObject({ dropped: 0 });
    const step = times(line.player).map((time, index, list) => time - (list[index - 1] ?? time - 0.04));
    for (const each of step) expect(each).toBeCloseTo(0.04, 3);
  });

  it('plays over UDP with losses: what comes is whole, what lacks a part is dropped', async () => {
    await using line = await behind(['udp']);
    line.proxy.faults.datagrams.loss = 0.1;
    await line.player.until(() => line.player.of('video').length >= 20);
    expect(line.player.counters!.lost).toBeGreaterThan(0);
    expect(rises(times(line.player))).toBe(true);
    for (const { bytes } of line.player.of('video')) {
      expect(H264.frames.some(({ stored }) => stored.equals(bytes))).toBe(true);
    }
  });

  it.each(['tcp', 'udp'] as const)(
    'with flipped bits over %s ends in a named error or goes on, never in a throw',
    async (transport) => {
      await using line = await behind([transport]);
      await line.player.until(() => line.player.of('video').length >= 3);
      line.proxy.faults.down.flips = 0.001;
      line.proxy.faults.datagrams.flips = 0.001;
      const more = line.player.of('video').length + 10;
      const error = await line.player
        .until(() => line.player.frames.length >= more)
        .catch((thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toMatchObject({ name: 'RtspError' });
      expect(rises(times(line.player))).toBe(true);
    },
  );
});
