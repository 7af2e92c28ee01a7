import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import { memory } from '../../testing/fuzz/index.ts';
import { type DtlsPair, dtlsPair } from '../testing/dtls-pair.ts';
import { ALERT, HANDSHAKE, RECORD } from './constants.ts';
import { DtlsError } from './dtls-error.ts';
import { readClientHello } from './messages/client-hello.ts';
import { Reassembly, readFragments, writeFragment } from './reassembly.ts';
import { plainRecord } from './record.ts';

/** A fragment that may claim anything. */
function fragment(claim: {
  type?: number;
  length: number;
  sequence?: number;
  offset?: number;
  body: Buffer;
}): Buffer {
  const b = Buffer.alloc(12);
  b[0] = claim.type ?? HANDSHAKE.clientHello;
  b.writeUIntBE(claim.length, 1, 3);
  b.writeUInt16BE(claim.sequence ?? 0, 4);
  b.writeUIntBE(claim.offset ?? 0, 6, 3);
  b.writeUIntBE(claim.body.length, 9, 3);
  return Buffer.concat([b, claim.body]);
}

function only(b: Buffer) {
  return readFragments(b)[0]!;
}

describe('reassembly', () => {
  const message = Buffer.from('a message that comes in pieces, some of them twice');
  const piece = (start: number, end: number) => only(writeFragment(1, 0, message, start, end));

  it('takes overlapping pieces that agree, in every order', () => {
    const pieces = [piece(0, 20), piece(10, 30), piece(5, 12), piece(28, 50), piece(49, 50)];
    fc.assert(
      fc.property(fc.shuffledSubarray(pieces, { minLength: pieces.length }), (order) => {
        const reassembly = new Reassembly();
        for (const one of order) reassembly.add(one);
        expect(reassembly.take()).toEqual({ type: 1, messageSequence: 0, body: message });
        expect(reassembly.add(pieces[0]!)).toBe(false);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  const contradictions: [string, Parameters<typeof fragment>[0]][] = [
    ['bytes that differ where pieces overlap', { length: 50, offset: 10, body: Buffer.alloc(20, 0x21) }],
    ['another length', { length: 51, offset: 30, body: Buffer.alloc(21) }],
    ['another type', { type: 2, length: 50, offset: 30, body: message.subarray(30) }],
    ['a length that nobody needs', { length: 16 * 1024 + 1, sequence: 1, body: Buffer.alloc(1) }],
  ];
  it.each(contradictions)('refuses %s', (_, claim) => {
    const reassembly = new Reassembly();
    reassembly.add(piece(0, 20));
    expect(() => reassembly.add(only(fragment(claim)))).toThrow(DtlsError);
  });

  it.each([
    ['cut off', Buffer.alloc(11)],
    ['longer than its record', fragment({ length: 50, body: Buffer.alloc(50) }).subarray(0, 40)],
    ['longer than its message', fragment({ length: 50, offset: 40, body: Buffer.alloc(11) })],
  ])('cannot read a fragment that is %s', (_, b) => {
    expect(() => readFragments(b)).toThrow(MalformedError);
  });

  it('holds no more than 32 KiB ahead of the message that is due, for which there is room', () => {
    const reassembly = new Reassembly();
    const send = (sequence: number, length: number, body: Buffer) =>
      reassembly.add(only(fragment({ length, sequence, body })));
    for (let sequence = 1; sequence < 2_000; sequence++) send(sequence, 16 * 1024, Buffer.alloc(16 * 1024));
    send(0, 3, Buffer.from('abc'));
    const lengths = [];
    for (let one = reassembly.take(); one; one = reassembly.take()) lengths.push(one.body.length);
    expect(lengths).toEqual([3, 16 * 1024, 16 * 1024]);
  });

  it('gives up on a message in thousands of crumbs', () => {
    const reassembly = new Reassembly();
    for (let offset = 0; offset < 16_000; offset += 2) {
      reassembly.add(only(fragment({ length: 16_000, offset, body: Buffer.alloc(1) })));
    }
    for (let offset = 0; offset < 16_000; offset += 1_000) {
      reassembly.add(only(fragment({ length: 16_000, offset, body: Buffer.alloc(1_000) })));
    }
    expect(reassembly.take()?.body.length).toBe(16_000);
  });
});

describe('a server under attack', () => {
  it('ends the handshake where fragments contradict each other, and tells so', () => {
    const { server, client, ends } = dtlsPair();
    const send = (body: Buffer) => server.receive(plainRecord(RECORD.handshake, 0, body));
    send(fragment({ length: 100, body: Buffer.alloc(50, 1) }));
    send(fragment({ length: 100, offset: 40, body: Buffer.alloc(50, 2) }));
    expect(ends).toEqual([{ end: 'handshake', detail: 'handshake fragments contradict each other' }]);
    expect(client.alerts).toEqual([{ level: 2, code: ALERT.illegal_parameter, sealed: false }]);
  });

  it('hears no Finished in plaintext, and nothing else sealed', () => {
    const { server, client, ends } = dtlsPair();
    const finished = fragment({ type: HANDSHAKE.finished, length: 12, sequence: 4, body: Buffer.alloc(12) });
    server.receive(plainRecord(RECORD.handshake, 0, finished));
    client.hello();
    expect(server.ignored).toBe(1);
    expect(server.state).toBe('connected');
    expect(ends).toEqual([]);
  });

  it('holds few records that come before their keys', () => {
    const { server, client } = dtlsPair();
    const sealed = plainRecord(RECORD.handshake, 0, Buffer.alloc(60));
    sealed.writeUInt16BE(1, 3);
    for (let i = 0; i < 1_000; i++) server.receive(sealed);
    expect(server.ignored).toBe(996);
    client.hello();
    expect(server.ignored).toBe(1_000);
    expect(server.state).toBe('connected');
  });

  it('throws nothing away that is genuine because a forged record came first', () => {
    const pair: DtlsPair = dtlsPair({
      send: (datagram) => {
        const forged = Buffer.from(datagram);
        forged[forged.length - 1]! ^= 1;
        if (datagram[3] === 0 && datagram[4] === 1) pair.server.receive(forged);
        pair.server.receive(datagram);
      },
    });
    pair.client.hello();
    expect(pair.server.state).toBe('connected');
    expect(pair.server.ignored).toBe(1);
  });
});

/** Every record that a whole handshake takes, and some from behind it. */
function genuineRecords(): Buffer[] {
  const records: Buffer[] = [];
  const pair: DtlsPair = dtlsPair({
    send: (datagram) => {
      records.push(Buffer.from(datagram));
      pair.server.receive(datagram);
    },
  });
  pair.client.hello();
  return [...records, pair.client.record(RECORD.alert, Buffer.from([1, 0]), 1)];
}

describe('fuzz', () => {
  const genuine = genuineRecords();
  const mutated = fc
    .tuple(
      fc.nat(genuine.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.nat(300),
    )
    .map(([of, changes, cut]) => {
      const b = Buffer.from(genuine[of]!);
      for (const [at, value] of changes) b[at % b.length] = value;
      return cut < 290 ? b : b.subarray(0, cut % b.length);
    });
  const random = fc
    .tuple(fc.constantFrom(20, 21, 22, 23), fc.uint8Array({ maxLength: 80 }))
    .map(([type, body]) => {
      return plainRecord(type, 0, Buffer.from(body));
    });
  const record = fc.oneof({ weight: 6, arbitrary: mutated }, { weight: 1, arbitrary: random });

  // In quarters, each with a time limit of its own: a handshake costs keys.
  it.each([7, 70, 700, 7_000])(
    '100,000 records, many to a handshake: none connects, throws or leaves anything behind (%d)',
    (seed) => {
      let pair = dtlsPair();
      let fed = 0;
      const before = memory();
      fc.assert(
        fc.property(record, (b) => {
          if (pair.server.state === 'closed' || ++fed % 50 === 0) {
            pair.server.close();
            expect(pair.clock.pending).toBe(0);
            pair = dtlsPair();
            pair.deaf = true;
            if (fed % 3 > 0) pair.server.receive(genuine[0]!);
          }
          pair.server.receive(b);
          expect(pair.keys).toEqual([]);
        }),
        { seed, numRuns: 25_000 },
      );
      expect(memory() - before).toBeLessThan(32 * 1024 * 1024);
    },
  );

  it('100,000 records at a connected server change nothing', () => {
    const pair = dtlsPair();
    pair.client.hello();
    const said = pair.said.length;
    fc.assert(
      fc.property(record, (b) => pair.server.receive(b)),
      { seed: 8, numRuns: 100_000 },
    );
    expect({ state: pair.server.state, ends: pair.ends, said: pair.said.length }).toEqual({
      state: 'connected',
      ends: [],
      said,
    });
  });

  it('100,000 hellos are read or refused with MalformedError', () => {
    const hello = only(genuine[0]!.subarray(13)).body;
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 2 }),
        fc.nat(400),
        (changes, cut) => {
          const b = Buffer.from(hello);
          for (const [at, value] of changes) b[at] = value;
          try {
            readClientHello(cut < 350 ? b : b.subarray(0, cut - 350));
            read++;
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        },
      ),
      { seed: 9, numRuns: 100_000 },
    );
    expect(read).toBeGreaterThan(10_000);
    expect(read).toBeLessThan(95_000);
  });
});
