import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { sendAll } from '../testing/udp-camera.ts';
import { OneSender } from './one-sender.ts';

const open: Socket[] = [];

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  open.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => new Promise<void>((done) => socket.close(done))));
});

const numbered = (from: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from([from + index, 1, 2]));
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 3_000, interval: 5 });

/** A receiver that writes down what came by which way. */
async function rig(takes: (number: number) => boolean = () => true) {
  const [receiver, sender, stranger] = [await bound(), await bound(), await bound()];
  const [events, behind]: [number[], number[]] = [[], []];
  const one = new OneSender(receiver, (b, length) => {
    behind.push(length === 0 ? -1 : b[0]!);
    return takes(b[0]!);
  });
  receiver.on('message', (packet) => {
    events.push(packet[0]!);
    one.behind();
  });
  const port = receiver.address().port;
  /** What this thread sends without a turn of its loop in between waits in the socket together. */
  const send = async (from: Socket, packets: readonly Buffer[]) => {
    await Promise.all(packets.map((packet) => sendAll(from, port, [packet])));
  };
  const only = () => one.only(sender.address().port, '127.0.0.1');
  /** Connected, and one event came after it, which showed that the socket was empty. */
  const alone = async () => {
    only();
    await eventually(() => one.connected).toBe(true);
    const before = events.length;
    await sendAll(sender, port, [Buffer.from([0])]);
    await eventually(() => events.length).toBe(before + 1);
    await new Promise((resolve) => setImmediate(resolve));
    events.length = 0;
  };
  return { one, sender, stranger, events, behind, send, only, alone, receiver };
}

describe('OneSender', () => {
  it('hears everybody by events until it is told whom', async () => {
    const { one, sender, stranger, events, behind, send } = await rig();
    await send(sender, numbered(1, 5));
    await send(stranger, numbered(6, 5));
    await eventually(() => events).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(behind).toEqual([]);
    expect(one.mayWait).toBe(10);
    expect(one.connected).toBe(false);
  });

  it('takes what waits behind the first event, in order, and says that nothing was left', async () => {
    const { one, sender, events, behind, send, alone } = await rig();
    await alone();
    const before = one.mayWait;
    await send(sender, numbered(1, 60));
    await eventually(() => events.length + behind.length).toBe(60);
    expect([...events, ...behind].sort((a, b) => a - b)).toEqual(numbered(1, 60).map((packet) => packet[0]));
    expect(behind).toEqual([...behind].sort((a, b) => a - b));
    expect(behind.length).toBeGreaterThan(events.length);
    expect(one.mayWait).toBe(before);
  });

  it('does not hear others any more', async () => {
    const { sender, stranger, events, behind, send, alone } = await rig();
    await alone();
    await send(stranger, numbered(100, 20));
    await send(sender, numbered(1, 2));
    await eventually(() => events.length + behind.length).toBe(2);
    expect(Math.max(...events, ...behind)).toBe(2);
  });

  it('leaves to events what lay in the socket before it was connected', async () => {
    const { one, sender, stranger, events, behind, send, only, receiver } = await rig();
    // More than come in one turn, sent before a turn reads any: after the first the socket is not known to be empty.
    await send(stranger, numbered(100, 80));
    expect(events).toEqual([]);
    only();
    await eventually(() => events.length + behind.length).toBe(80);
    expect(behind).toEqual([]);
    expect(one.connected).toBe(true);
    await send(sender, numbered(1, 3));
    await eventually(() => events.length + behind.length).toBe(83);
    expect(behind.every((number) => number < 100)).toBe(true);
    expect(receiver.remoteAddress().port).toBe(sender.address().port);
  });

  it('an empty datagram is one like others', async () => {
    const { sender, events, behind, send, alone } = await rig();
    await alone();
    await send(sender, [Buffer.from([7]), Buffer.alloc(0), Buffer.from([8])]);
    await eventually(() => events.length + behind.length).toBe(3);
    expect(events[0]).toBe(7);
    expect([...events, ...behind].at(-1)).toBe(8);
  });

  it('stops when no more are taken, in the middle of those that wait', async () => {
    let taken = 0;
    const { sender, events, behind, send, alone } = await rig(() => ++taken < 3);
    await alone();
    await send(sender, numbered(1, 3));
    await eventually(() => events.length + behind.length).toBe(3);
    await send(sender, numbered(4, 30));
    await eventually(() => events.length + behind.length).toBe(33);
    // Each event after the third takes one more.
    expect(events.length).toBeGreaterThan(2);
  });

  it('an error of what was sent is no error of the socket once it is connected', async () => {
    const { one, alone, receiver, sender, events, behind } = await rig();
    expect(one.failed()).toBe(false);
    await alone();
    const codes: (string | undefined)[] = [];
    receiver.on('error', (error: NodeJS.ErrnoException) => {
      codes.push(error.code);
      expect(one.failed()).toBe(true);
    });
    open.splice(open.indexOf(sender), 1);
    await new Promise<void>((done) => sender.close(done));
    await new Promise<void>((sent) => receiver.send(Buffer.from([1]), () => sent()));
    await eventually(() => codes).toEqual(['ECONNREFUSED']);
    expect(events.length + behind.length).toBe(0);
  });

  it('warns nobody of the name by which it finds the descriptor', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on('warning', hear);
    const { alone } = await rig();
    await alone();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
    expect(process.noDeprecation ?? false).toBe(false);
  });
});
