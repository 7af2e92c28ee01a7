import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { openPorts, type PeerPorts } from './ports.ts';

/** Ports on which each datagram is answered with itself. */
async function echoing(host: string, port = 0): Promise<PeerPorts & AsyncDisposable> {
  const ports = await openPorts({
    ...{ host, port },
    onTcp: (socket) => socket.destroy(),
    onUdp: (socket) => {
      const echo = (b: Buffer, from: { port: number; address: string }): void => {
        socket.send(b, from.port, from.address);
      };
      socket.on('message', echo);
      return () => void socket.off('message', echo);
    },
    onError: (error) => {
      throw error;
    },
  });
  return { ...ports, [Symbol.asyncDispose]: () => ports.close() };
}

/** The address that what is sent to `address` is answered from. */
async function answererOf(client: Socket, address: string, port: number): Promise<string> {
  client.send('who is there', port, address);
  const [, { address: from }] = (await once(client, 'message')) as [Buffer, { address: string }];
  return from;
}

async function onLoopback(): Promise<Socket & AsyncDisposable> {
  const client = createSocket('udp4');
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => client.close(() => resolve())),
  });
}

it("answer from the address that was asked, for as long as it is the machine's", async () => {
  await using ports = await echoing('');
  await using client = await onLoopback();
  // The system prefers another address for its answers, which is what is mended.
  expect(await answererOf(client, '127.0.0.3', ports.port)).toBe('127.0.0.1');
  ports.cover(['127.0.0.1', '127.0.0.2', '127.0.0.3', 'cam.example.org', '203.0.113.9']);
  expect(await answererOf(client, '127.0.0.3', ports.port)).toBe('127.0.0.3');
  expect(await answererOf(client, '127.0.0.2', ports.port)).toBe('127.0.0.2');
  ports.cover(['127.0.0.1', '127.0.0.2']);
  expect(await answererOf(client, '127.0.0.3', ports.port)).toBe('127.0.0.1');
  expect(await answererOf(client, '127.0.0.2', ports.port)).toBe('127.0.0.2');
});

it('stay at the one address that they are bound to', async () => {
  await using ports = await echoing('127.0.0.2');
  await using client = await onLoopback();
  ports.cover(['127.0.0.1']);
  await using other = await echoing('127.0.0.1', ports.port);
  expect(await answererOf(client, '127.0.0.2', ports.port)).toBe('127.0.0.2');
  expect(await answererOf(client, '127.0.0.1', other.port)).toBe('127.0.0.1');
});

it('are not shared with whoever has the number already', async () => {
  await using ports = await echoing('');
  await expect(echoing('', ports.port)).rejects.toThrow('EADDRINUSE');
  await using client = await onLoopback();
  expect(await answererOf(client, '127.0.0.1', ports.port)).toBe('127.0.0.1');
});

it('cover what the machine has', async () => {
  await using ports = await echoing('');
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  ports.cover(own.filter(({ family }) => family === 'IPv4').map(({ address }) => address));
  await using client = await onLoopback();
  expect(await answererOf(client, '127.0.0.1', ports.port)).toBe('127.0.0.1');
});
