import { describe, expect, it } from 'vitest';
import { FakeClock, settle as settled } from '../clock/fake-clock.ts';
import { EventSocket, type Socket } from './event-socket.ts';

class FakeSocket extends EventTarget {
  closed = false;
  close(): void {
    this.closed = true;
  }
  send(): void {
    throw new Error('nothing is sent');
  }
  say(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

function setUp(addresses: (string | Error)[] = []) {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const heard: string[] = [];
  const connected: boolean[] = [];
  const socket = new EventSocket({
    address: async () => {
      const next = addresses.shift() ?? 'ws://here';
      if (next instanceof Error) throw next;
      return next;
    },
    open: () => {
      const made = new FakeSocket();
      sockets.push(made);
      return made as unknown as Socket;
    },
    clock,
    random: () => 1,
    onEvent: ({ type }) => heard.push(type),
    onConnected: (now) => connected.push(now),
  });
  return { clock, sockets, heard, connected, socket };
}

describe('EventSocket', () => {
  it('tells what comes, and that it comes', async () => {
    const { sockets, heard, connected, socket } = setUp();
    socket.start();
    await settled();
    for (const text of ['{"type":"events.ready","last_id":1}', '{"type":"stream.started"}', 'no', '7', '{}'])
      sockets[0]!.say(text);
    sockets[0]!.say(new ArrayBuffer(1));
    expect(heard).toEqual(['events.ready', 'stream.started']);
    expect(connected.at(-1)).toBe(true);
  });

  it('opens again, later each time, and sooner after it was good', async () => {
    const { clock, sockets, connected, socket } = setUp([new Error('away'), new Error('away')]);
    socket.start();
    await settled();
    expect(sockets).toHaveLength(0);
    await clock.advance(1_000);
    await clock.advance(1_999);
    expect(sockets).toHaveLength(0);
    await clock.advance(1);
    expect(sockets).toHaveLength(1);
    sockets[0]!.say('{"type":"events.ready"}');
    sockets[0]!.dispatchEvent(new Event('close'));
    expect(connected.at(-1)).toBe(false);
    await clock.advance(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('is quiet once it is closed', async () => {
    const { clock, sockets, heard, socket } = setUp();
    socket.start();
    await settled();
    socket.close();
    socket.close();
    expect(sockets[0]!.closed).toBe(true);
    sockets[0]!.say('{"type":"stream.started"}');
    sockets[0]!.dispatchEvent(new Event('close'));
    await clock.advance(60_000);
    expect(sockets).toHaveLength(1);
    expect(heard).toEqual([]);
  });
});
