import { expect, test } from 'vitest';
import { MAX_WAITING_BYTES, Outbox } from './outbox.ts';

/** A peer that reads when it is told to. */
function wire() {
  const sent: string[] = [];
  const waiting: (() => void)[] = [];
  const peer = {
    bufferedAmount: 0,
    sent,
    send(text: string, done: () => void) {
      sent.push(text);
      waiting.push(done);
    },
    drain() {
      peer.bufferedAmount = 0;
      for (const done of waiting.splice(0)) done();
    },
  };
  return peer;
}

test('events go out at once and in order', () => {
  const peer = wire();
  const outbox = new Outbox({ wire: peer, tooSlow: () => expect.unreachable() });
  for (const text of ['1', '2', '3']) outbox.send(text);
  outbox.sendFigures('a', '4');
  expect(peer.sent).toEqual(['1', '2', '3', '4']);
});

test('of figures that wait only the newest of each stream goes out, and once', () => {
  const peer = wire();
  const outbox = new Outbox({ wire: peer, tooSlow: () => expect.unreachable() });
  outbox.send('event');
  peer.bufferedAmount = 100_000;
  for (const text of ['a1', 'a2', 'a3']) outbox.sendFigures('a', text);
  outbox.sendFigures('b', 'b1');
  expect(peer.sent).toEqual(['event']);
  peer.drain();
  expect(peer.sent).toEqual(['event', 'a3', 'b1']);
  peer.drain();
  expect(peer.sent).toHaveLength(3);
});

test('a peer that does not read is given up once, and is sent nothing more', () => {
  const peer = wire();
  let given = 0;
  const outbox = new Outbox({ wire: peer, tooSlow: () => void given++ });
  outbox.send('event');
  peer.bufferedAmount = MAX_WAITING_BYTES + 1;
  outbox.sendFigures('a', 'figures');
  expect(given).toBe(0);
  outbox.send('one too many');
  outbox.send('more');
  peer.drain();
  expect(given).toBe(1);
  expect(peer.sent).toEqual(['event']);
});
