import dgram from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { UdpFaultProxy } from './udp-fault-proxy.ts';

async function bound() {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return { socket, port: socket.address().port, [Symbol.asyncDispose]: close };
}

it('tells clients apart, and loses in one direction what it shall', async () => {
  await using target = await bound();
  await using one = await bound();
  await using two = await bound();
  target.socket.on('message', (b, { port }) => target.socket.send(`${b} back`, port, '127.0.0.1'));
  await using proxy = await UdpFaultProxy.start({ target: { port: target.port } });
  one.socket.send('one', proxy.port, '127.0.0.1');
  expect(String((await once(one.socket, 'message'))[0])).toBe('one back');
  two.socket.send('two', proxy.port, '127.0.0.1');
  expect(String((await once(two.socket, 'message'))[0])).toBe('two back');
  proxy.faults.down.loss = 1;
  const lost: string[] = [];
  one.socket.on('message', (b) => lost.push(String(b)));
  one.socket.send('lost on its way back', proxy.port, '127.0.0.1');
  while (proxy.taken.down < 3) await new Promise(setImmediate);
  proxy.faults.down.loss = 0;
  one.socket.send('last', proxy.port, '127.0.0.1');
  await once(one.socket, 'message');
  expect(lost).toEqual(['last back']);
  expect(proxy.taken).toEqual({ up: 4, down: 4 });
});
