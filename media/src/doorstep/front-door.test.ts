import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock, SELF_SIGNED } from '../testing/index.ts';
import type { Arrival } from './doorstep.ts';
import { FrontDoor, type FrontDoorAddress, type Guest } from './front-door.ts';
import { lendReads } from './lent-reads.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

/** Keeps what it is told, and answers `bye` by ending. */
class Listener implements Guest {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly buffers = new Set<Buffer>();
  heard = '';
  sweeps = 0;

  constructor(arrival: Arrival) {
    this.socket = arrival.listen((buffer, length) => {
      this.buffers.add(buffer);
      this.heard += buffer.toString('latin1', 0, length);
      if (this.heard.endsWith('hush')) this.socket.pause();
      if (this.heard.endsWith('bye')) this.socket.end('bye');
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  sweep(): void {
    this.sweeps++;
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function world(more: Partial<FrontDoorAddress> = {}) {
  const clock = new FakeClock();
  const secure: boolean[] = [];
  let connections = 0;
  const door = new FrontDoor<Listener>({
    ...{ host: '127.0.0.1', port: 0, clock, silence: 5_000, ...more },
    onConnection: () => void connections++,
    serve: (arrival) => {
      secure.push(arrival.secure);
      return new Listener(arrival);
    },
  });
  await door.start();
  open.push(() => door.close());
  const client = (tls = false): Socket => {
    const to = { host: '127.0.0.1', port: door.port };
    const socket = tls ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    socket.on('error', () => undefined);
    open.push(() => void socket.destroy());
    return socket;
  };
  /** One client that said so, and its guest. */
  const spoken = async (text: string, tls = false) => {
    const before = door.guests.length;
    const socket = client(tls);
    socket.write(text);
    await eventually(() => door.guests.length).toBe(before + 1);
    const guest = door.guests.at(-1)!;
    await eventually(() => guest.heard).toBe(text);
    return { socket, guest };
  };
  return { door, clock, secure, client, spoken, connections: () => connections };
}

describe('a front door', () => {
  test('reads what comes behind the first bytes of all clients into one buffer', async () => {
    const { spoken } = await world();
    const both = [await spoken('one'), await spoken('two')];
    for (const { guest } of both) guest.buffers.clear();
    for (const { socket, guest } of both) {
      const before = guest.heard;
      socket.write(' more');
      await eventually(() => guest.heard).toBe(`${before} more`);
    }
    const [one, two] = both.map(({ guest }) => [...guest.buffers]);
    expect(one).toHaveLength(1);
    expect(two).toEqual(one);
    expect(two![0]).toBe(one![0]);
  });

  test('loses nothing of a paused client, however much comes meanwhile', async () => {
    const { spoken } = await world();
    const { socket, guest } = await spoken('hush');
    const much = 'x'.repeat(3 * 1024 * 1024);
    socket.write(much);
    // Another client's bytes come later: what came for this one was not read.
    await (await spoken('there')).guest.close();
    expect(guest.heard).toBe('hush');
    guest.socket.resume();
    await eventually(() => guest.heard.length).toBe(4 + much.length);
  });

  test('serves TLS and plain on one port, the first bytes included', async () => {
    const context = createSecureContext(SELF_SIGNED);
    const { spoken, secure } = await world({ tls: () => context });
    await spoken('plain');
    await spoken('secret', true);
    expect(secure).toEqual([false, true]);
  });

  test('forgets clients that go, in whatever way, and has room for others then', async () => {
    const { door, spoken, client, connections } = await world({ maxConnections: 2 });
    const [one, two] = [await spoken('bye'), await spoken('two')];
    one.socket.resume();
    await once(one.socket, 'end');
    await eventually(() => door.open).toBe(1);
    two.socket.resetAndDestroy();
    await eventually(() => door.open).toBe(0);
    await spoken('three');
    await spoken('four');
    const refused = client();
    await once(refused, 'close');
    expect(connections()).toBe(4);
  });

  test('sweeps its guests each second, and ends who says nothing', async () => {
    const { door, clock, spoken, client } = await world();
    const { guest } = await spoken('hello');
    const silent = client();
    await eventually(() => door.open).toBe(2);
    clock.advance(5_000);
    expect(guest.sweeps).toBe(5);
    expect(door.open).toBe(2);
    clock.advance(2_000);
    await once(silent, 'close');
    await eventually(() => door.open).toBe(1);
  });

  test('closes with guests and strangers inside, twice', async () => {
    const { door, spoken, client } = await world();
    await spoken('hello');
    client();
    await eventually(() => door.open).toBe(2);
    await Promise.all([door.close(), door.close()]);
    expect(door.open).toBe(0);
  });
});

test('a socket whose descriptor takes no buffer, as in another Node, is read by data events', async () => {
  const server = createServer();
  const accepted = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  open.push(
    () => void server.close(),
    () => void client.destroy(),
    () => void socket.destroy(),
  );
  Object.defineProperty((socket as unknown as { _handle: object })._handle, 'useUserBuffer', {
    value: undefined,
  });
  let heard = '';
  const buffer = Buffer.alloc(16);
  const same = lendReads(socket, buffer, (bytes, length) => {
    heard += bytes.toString('latin1', 0, length);
  });
  expect(same).toBe(socket);
  client.write('hello');
  await eventually(() => heard).toBe('hello');
});

test('a socket whose descriptor Node keeps elsewhere is read by data events', async () => {
  const stream = new PassThrough();
  let heard = '';
  const buffer = Buffer.alloc(16);
  const same = lendReads(stream as unknown as Socket, buffer, (bytes, length) => {
    heard += bytes.toString('latin1', 0, length);
  });
  expect(same).toBe(stream);
  stream.write('hello');
  await eventually(() => heard).toBe('hello');
});
