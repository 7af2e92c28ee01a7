import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  headerLength,
  MASTER_SALT_BYTES,
  type PacketRun,
  preferredProfiles,
  SRTP_PROFILES,
  type SrtpProfile,
  SrtpReceiver,
  SrtpSender,
  writeHeader,
} from './index.ts';
import { guessIndex } from './source.ts';

const PROFILES = Object.keys(SRTP_PROFILES) as SrtpProfile[];

function master(profile: SrtpProfile, seed = 'a') {
  const bytes = createHash('sha512').update(seed).digest();
  return { key: bytes.subarray(0, 16), salt: bytes.subarray(16, 16 + MASTER_SALT_BYTES[profile]) };
}

function pair(profile: SrtpProfile) {
  return {
    sender: new SrtpSender(profile, master(profile)),
    receiver: new SrtpReceiver(profile, master(profile)),
  };
}

function header(sequence: number, ssrc = 0x11223344): Buffer {
  const b = Buffer.alloc(12);
  b[0] = 0x80;
  b[1] = 96;
  b.writeUInt16BE(sequence & 0xffff, 2);
  b.writeUInt32BE(ssrc, 8);
  return b;
}

const payload = Buffer.from('the picture that nobody else shall see');

function sealed(sender: SrtpSender, sequence: number, ssrc?: number): Buffer {
  return Buffer.concat(sender.rtp(header(sequence, ssrc), payload)!);
}

function opens(receiver: SrtpReceiver, packet: Buffer): boolean {
  const b = Buffer.from(packet);
  return receiver.rtp(b, 0, b.length) > 0;
}

function senderReport(ssrc = 0x11223344): Buffer {
  const b = Buffer.alloc(28, 3);
  b[0] = 0x80;
  b[1] = 200;
  b.writeUInt16BE(6, 2);
  b.writeUInt32BE(ssrc, 4);
  return b;
}

describe.each(PROFILES)('%s', (profile) => {
  it('opens what it sealed, at any place of a buffer, with CSRCs, extension and lead', () => {
    const { sender, receiver } = pair(profile);
    const plain = Buffer.concat([
      header(9),
      Buffer.alloc(8, 5),
      Buffer.from([0xbe, 0xde, 0, 1]),
      Buffer.alloc(4, 6),
    ]);
    plain[0] = 0x80 | 16 | 2;
    const packet = Buffer.concat(sender.rtp(plain, payload, Buffer.from([1, 2]))!);
    const b = Buffer.concat([Buffer.alloc(5, 1), packet, Buffer.alloc(7, 1)]);
    const end = receiver.rtp(b, 5, 5 + packet.length);
    expect(b.subarray(5, end)).toEqual(Buffer.concat([plain, Buffer.from([1, 2]), payload]));
    expect(b.subarray(end).includes(payload)).toBe(false);
    expect(packet.includes(payload)).toBe(false);
  });

  it('follows sequence numbers over their wrap, in any order', () => {
    const { sender, receiver } = pair(profile);
    for (let i = 0; i < 140_000; i += 2_500) {
      const packets = [0, 1, 2, 3].map((step) => sealed(sender, i + step));
      for (const at of [1, 0, 3, 2]) expect(opens(receiver, packets[at]!)).toBe(true);
    }
    expect(receiver.refused).toEqual({ malformed: 0, replayed: 0, forged: 0, crowded: 0 });
  });

  it('takes no packet twice, and none older than its window', () => {
    const { sender, receiver } = pair(profile);
    const packets = Array.from({ length: 200 }, (_, i) => sealed(sender, i + 1));
    for (const at of [0, 199, 100]) expect(opens(receiver, packets[at]!)).toBe(true);
    for (const at of [0, 199, 100, 50]) expect(opens(receiver, packets[at]!)).toBe(false);
    expect(receiver.refused).toMatchObject({ replayed: 4, forged: 0 });
  });

  it('takes nothing that was changed, and leaves it as it was', () => {
    const { sender, receiver } = pair(profile);
    const packet = sealed(sender, 1);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const forged = Buffer.from(packet);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      const before = Buffer.from(forged);
      expect(receiver.rtp(forged, 0, forged.length)).toBe(-1);
      expect(forged).toEqual(before);
    }
    for (let cut = 0; cut < packet.length; cut++) expect(receiver.rtp(Buffer.from(packet), 0, cut)).toBe(-1);
    expect(opens(receiver, packet)).toBe(true);
  });

  it('takes nothing that another key sealed', () => {
    const { receiver } = pair(profile);
    expect(opens(receiver, sealed(new SrtpSender(profile, master(profile, 'b')), 1))).toBe(false);
    expect(receiver.refused.forged).toBe(1);
  });

  it('seals no sequence number of a source twice', () => {
    const { sender } = pair(profile);
    expect(sender.rtp(header(5), payload)).toBeDefined();
    expect(sender.rtp(header(5), payload)).toBeUndefined();
    expect(sender.rtp(header(5, 7), payload)).toBeDefined();
    expect(sender.rtp(header(4), payload)).toBeDefined();
  });

  it('seals a packet again as it was, for who has no other repair', () => {
    const { sender, receiver } = pair(profile);
    const packets = [65_534, 65_535, 65_536].map((sequence) => sealed(sender, sequence));
    const again = sender.again(header(65_535), payload)!;
    expect(Buffer.concat(again)).toEqual(packets[1]);
    for (const packet of [packets[0]!, packets[2]!, Buffer.concat(again)])
      expect(opens(receiver, packet)).toBe(true);
    expect(sender.again(header(1), payload)).toBeUndefined();
    expect(sender.again(header(65_535, 99), payload)).toBeUndefined();
  });

  it('keeps no more than 32 sources, and forged ones are none', () => {
    const { sender, receiver } = pair(profile);
    for (let ssrc = 100; ssrc < 200; ssrc++) {
      const packet = sealed(sender, 1, ssrc);
      packet[packet.length - 1]! ^= 1;
      expect(opens(receiver, packet)).toBe(false);
    }
    for (let ssrc = 1; ssrc <= 32; ssrc++) expect(opens(receiver, sealed(sender, 1, ssrc))).toBe(true);
    expect(opens(receiver, sealed(sender, 1, 33))).toBe(false);
    expect(receiver.refused).toMatchObject({ forged: 100, crowded: 1 });
    expect(opens(receiver, sealed(sender, 2, 32))).toBe(true);
  });

  it('protects RTCP: opened once, refused when changed, in clear or cut', () => {
    const { sender, receiver } = pair(profile);
    const packets = [senderReport(), senderReport()].map((one) => sender.rtcp(one)!);
    expect(packets[0]).not.toEqual(packets[1]);
    for (let bit = 0; bit < packets[0]!.length * 8; bit++) {
      const forged = Buffer.from(packets[0]!);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(receiver.rtcp(forged, 0, forged.length)).toBe(-1);
    }
    for (let cut = 0; cut < packets[0]!.length; cut++)
      expect(receiver.rtcp(Buffer.from(packets[0]!), 0, cut)).toBe(-1);
    expect(receiver.rtcp(senderReport(), 0, 28)).toBe(-1);
    for (const packet of [packets[1]!, packets[0]!]) {
      const b = Buffer.from(packet);
      const end = receiver.rtcp(b, 0, b.length);
      expect(b.subarray(0, end)).toEqual(senderReport());
      expect(receiver.rtcp(Buffer.from(packet), 0, packet.length)).toBe(-1);
    }
  });

  it('survives 100,000 inputs without a throw or a false acceptance, and keeps nothing of them', () => {
    const { sender, receiver } = pair(profile);
    const genuine = [sealed(sender, 1), sealed(sender, 2), sender.rtcp(senderReport())!];
    const mutated = fc
      .tuple(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(90))
      .map(([of, at, flip, cut]) => {
        const b = Buffer.from(genuine[of]!);
        b[at % b.length]! ^= flip;
        return cut < 80 ? b : b.subarray(0, cut);
      });
    const random = fc.uint8Array({ maxLength: 90 }).map((b) => {
      if (b.length > 0) b[0] = (b[0]! & 0x3f) | 0x80;
      return Buffer.from(b);
    });
    fc.assert(
      fc.property(fc.oneof(mutated, random), (b) => {
        expect(receiver.rtp(b, 0, b.length)).toBe(-1);
        expect(receiver.rtcp(b, 0, b.length)).toBe(-1);
      }),
      { seed: 5, numRuns: 100_000 },
    );
    expect(receiver.refused).toMatchObject({ crowded: 0, replayed: 0 });
    expect(opens(receiver, genuine[0]!)).toBe(true);
  });
});

describe('the rollover counter', () => {
  it.each([
    ['the first packet', -1, 65_535, 65_535],
    ['the next one', 10, 11, 11],
    ['a late one', 11, 10, 10],
    ['over the wrap', 65_535, 0, 65_536],
    ['far over the wrap', 65_530, 32_000, 97_536],
    ['late over the wrap', 65_536, 65_535, 65_535],
    ['before the beginning', 3, 65_535, -1],
    ['many wraps on', 1_000 * 65_536 + 5, 6, 1_000 * 65_536 + 6],
  ])('guesses %s', (_, highest, sequence, index) => {
    expect(guessIndex(highest, sequence)).toBe(index);
  });
});

describe('runs', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 1_180 }), { minLength: 1, maxLength: 80 });
  const runOf = (sizes: readonly number[], sequence: number, extended: boolean): PacketRun => ({
    ...{ payloadType: 102, ssrc: 0xfedcba98, sequence, timestamp: 0xfffffff0 },
    extension: extended ? Buffer.from('bede000122000000', 'hex') : undefined,
    payloads: sizes.map((bytes, i) => {
      const marker = i === sizes.length - 1;
      return {
        data: createHash('shake128', { outputLength: bytes }).update(`${i}`).digest(),
        marker,
        delta: i,
      };
    }),
  });
  /** Copies of what was lent. */
  const packetsOf = (sender: SrtpSender, run: PacketRun): Buffer[] => {
    const packets: Buffer[] = [];
    sender.run(run, ({ memory, starts, ends }) => {
      for (const [i, end] of ends.entries()) packets.push(Buffer.from(memory.subarray(starts[i]!, end)));
    });
    return packets;
  };
  const plain = (run: PacketRun, i: number): Buffer => {
    const b = Buffer.alloc(headerLength(run, i));
    writeHeader(b, 0, run, i);
    return b;
  };

  it.each(PROFILES)('%s: are the packets that are made one by one', (profile) => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 0xffff }), fc.boolean(), (sizes, first, extended) => {
        const { sender, receiver } = pair(profile);
        const alone = new SrtpSender(profile, master(profile));
        // Two runs in a row, which often go over the wrap of sequence numbers.
        for (const sequence of [first, (first + sizes.length) & 0xffff]) {
          const run = runOf(sizes, sequence, extended);
          const sealed = packetsOf(sender, run);
          const expected = run.payloads.map(({ data }, i) => Buffer.concat(alone.rtp(plain(run, i), data)!));
          expect(sealed.map((one) => one.toString('hex'))).toEqual(
            expected.map((one) => one.toString('hex')),
          );
          expect(sealed.every((packet) => opens(receiver, packet))).toBe(true);
        }
      }),
      { seed: 21, numRuns: 200 },
    );
  });

  it.each(PROFILES)('%s: leave out what their source has sent', (profile) => {
    const { sender } = pair(profile);
    sender.rtp(plain(runOf([9], 12, false), 0), payload);
    const numbers = packetsOf(sender, runOf([100, 100, 100, 100], 10, false)).map((b) => b.readUInt16BE(2));
    expect(numbers).toEqual([10, 11, 13]);
    expect(packetsOf(sender, runOf([100, 100], 12, false))).toEqual([]);
  });

  it.each(PROFILES)('%s: take packets larger than there is room for abreast, and empty ones', (profile) => {
    const { sender, receiver } = pair(profile);
    const sealed = packetsOf(sender, runOf([1_180, 4_000, 0, 7], 1, false));
    expect(sealed.map((packet) => opens(receiver, packet))).toEqual([true, true, true, true]);
  });

  it('are sealed abreast on this machine, and counter mode is chosen then', () => {
    expect(preferredProfiles()[0]).toBe('AES128_CM_HMAC_SHA1_80');
  });

  it('of two senders do not mix, whatever the turns', () => {
    const [a, b] = [pair('AES128_CM_HMAC_SHA1_80'), pair('AES128_CM_HMAC_SHA1_80')];
    const other = new SrtpSender('AES128_CM_HMAC_SHA1_80', master('AES128_CM_HMAC_SHA1_80', 'b'));
    const opener = new SrtpReceiver('AES128_CM_HMAC_SHA1_80', master('AES128_CM_HMAC_SHA1_80', 'b'));
    const [one, two] = [runOf([900, 30], 1, false), runOf([20, 1_000, 5], 7, true)];
    for (const [sender, receiver, run] of [
      [a.sender, a.receiver, one],
      [other, opener, one],
      [b.sender, b.receiver, two],
    ] as const) {
      const packets = packetsOf(sender, run);
      const opened = packets.map((packet) => packet.subarray(0, receiver.rtp(packet, 0, packet.length)));
      expect(opened).toEqual(run.payloads.map(({ data }, i) => Buffer.concat([plain(run, i), data])));
    }
  });
});
