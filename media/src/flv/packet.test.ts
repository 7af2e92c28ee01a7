import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dopsFromOpusHead,
  FlvPacket,
  fourCcOf,
  opusHeadFromDops,
  readAudioHead,
  readVideoHead,
} from './index.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const cc = (text: string): string => Buffer.from(text).toString('hex');

function read(kind: 'video' | 'audio', bytes: Buffer): Record<string, unknown> {
  const packet = new FlvPacket();
  const head = kind === 'video' ? readVideoHead : readAudioHead;
  head(bytes, 0, bytes.length, packet);
  const { kind: what, id, fourCc, key, offset, start, end } = packet;
  if (what === 'other') return { kind: what };
  const name = id < 0 ? fourCc : id;
  return { kind: what, name, key, offset, payload: bytes.toString('hex', start, end) };
}

describe('the head of a video message', () => {
  it.each<[string, string, object]>([
    ['an AVC record', '17 00 000000 aa', { kind: 'config', name: 7, key: true, offset: 0, payload: 'aa' }],
    ['an AVC key frame', '17 01 000000 aa', { kind: 'frame', name: 7, key: true, offset: 0, payload: 'aa' }],
    [
      'an AVC frame shown later',
      '27 01 000050 aa',
      { kind: 'frame', name: 7, key: false, offset: 80, payload: 'aa' },
    ],
    [
      'an offset below 0',
      '27 01 ffffff aa',
      { kind: 'frame', name: 7, key: false, offset: -1, payload: 'aa' },
    ],
    ['the end of a sequence', '17 02 000000', { kind: 'other' }],
    ['a command frame', '57 01 000000 aa', { kind: 'other' }],
    [
      'quirk 62: H.265 by the number 12',
      '1c 00 000000 aa',
      { kind: 'config', name: 12, key: true, offset: 0, payload: 'aa' },
    ],
    [
      'quirk 62: H.265 as hvc1, record',
      `90 ${cc('hvc1')} aa`,
      { kind: 'config', name: fourCcOf('hvc1'), key: true, offset: 0, payload: 'aa' },
    ],
    [
      'quirk 62: hvc1 with an offset',
      `91 ${cc('hvc1')} 000021 aa`,
      { kind: 'frame', name: fourCcOf('hvc1'), key: true, offset: 33, payload: 'aa' },
    ],
    [
      'quirk 62: hvc1 without one',
      `a3 ${cc('hvc1')} aa`,
      { kind: 'frame', name: fourCcOf('hvc1'), key: false, offset: 0, payload: 'aa' },
    ],
    [
      'AV1, which has no offset',
      `91 ${cc('av01')} aa`,
      { kind: 'frame', name: fourCcOf('av01'), key: true, offset: 0, payload: 'aa' },
    ],
    ['enhanced metadata', `94 ${cc('hvc1')} aa`, { kind: 'other' }],
    [
      'a modifier before it',
      `97 02 010203 01 ${cc('hvc1')} 000000 aa`,
      { kind: 'frame', name: fourCcOf('hvc1'), key: true, offset: 0, payload: 'aa' },
    ],
    [
      'one track of several',
      `95 01 ${cc('hvc1')} 00 000000 aa`,
      { kind: 'frame', name: fourCcOf('hvc1'), key: true, offset: 0, payload: 'aa' },
    ],
    [
      'the first of many tracks',
      `95 10 ${cc('avc1')} 00 000001 aa 01 000001 bb`,
      { kind: 'config', name: fourCcOf('avc1'), key: true, offset: 0, payload: 'aa' },
    ],
    ['another track than the first', `95 01 ${cc('hvc1')} 01 000000 aa`, { kind: 'other' }],
    ['nothing', '', { kind: 'other' }],
    ['half an AVC head', '17 01', { kind: 'other' }],
    ['half an enhanced head', '91 6876', { kind: 'other' }],
    ['modifiers without end', '97 00 00 07'.repeat(9), { kind: 'other' }],
  ])('%s', (_name, bytes, expected) => {
    expect(read('video', hex(bytes))).toEqual(expected);
  });
});

describe('the head of an audio message', () => {
  it.each<[string, string, object]>([
    [
      'an AAC configuration',
      'af 00 1210',
      { kind: 'config', name: 10, key: true, offset: 0, payload: '1210' },
    ],
    ['AAC', 'af 01 aa', { kind: 'frame', name: 10, key: true, offset: 0, payload: 'aa' }],
    ['G.711', '72 aa', { kind: 'frame', name: 7, key: true, offset: 0, payload: 'aa' }],
    [
      'Opus, configuration',
      `90 ${cc('Opus')} aa`,
      { kind: 'config', name: fourCcOf('Opus'), key: true, offset: 0, payload: 'aa' },
    ],
    [
      'Opus',
      `91 ${cc('Opus')} aa`,
      { kind: 'frame', name: fourCcOf('Opus'), key: true, offset: 0, payload: 'aa' },
    ],
    [
      'AAC by name',
      `91 ${cc('mp4a')} aa`,
      { kind: 'frame', name: fourCcOf('mp4a'), key: true, offset: 0, payload: 'aa' },
    ],
    ['an empty AAC message', 'af', { kind: 'other' }],
    ['nothing', '', { kind: 'other' }],
  ])('%s', (_name, bytes, expected) => {
    expect(read('audio', hex(bytes))).toEqual(expected);
  });
});

it('100,000 generated heads never point outside their message', () => {
  const packet = new FlvPacket();
  const bytes = fc.array(fc.oneof(fc.constantFrom(0x17, 0x97, 0x95, 0x90, 0x91, 0xaf, 0), fc.nat(255)), {
    maxLength: 24,
  });
  fc.assert(
    fc.property(bytes, fc.boolean(), (values, video) => {
      const b = Buffer.from([9, ...values, 9]);
      (video ? readVideoHead : readAudioHead)(b, 1, b.length - 1, packet);
      if (packet.kind === 'other') return true;
      return packet.start >= 1 && packet.end <= b.length - 1;
    }),
    { seed: 62, numRuns: 100_000 },
  );
  expect(packet.end).toBeGreaterThan(0);
});

it('OpusHead and dOps say the same', () => {
  const head = hex(`4f70757348656164 01 02 3801 80bb0000 0000 00`);
  const dops = hex('00 02 0138 0000bb80 0000 00');
  expect(dopsFromOpusHead(head)).toEqual(dops);
  expect(opusHeadFromDops(dops)).toEqual(head);
  expect(() => dopsFromOpusHead(head.subarray(1))).toThrow('no OpusHead');
});
