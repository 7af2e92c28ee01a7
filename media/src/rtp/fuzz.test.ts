import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  aac,
  aacFormat,
  aacLatm,
  type Codec,
  type Format,
  h264,
  h264Format,
  h265,
  h265Format,
  h265NalType,
  isH265ParameterSet,
  isParameterSet,
  l16,
  mjpeg,
  mjpegFormat,
  nalType,
  opus,
  opusFormat,
  parseAdts,
  pcma,
  pcmFormat,
  splitAnnexB,
} from '../codecs/index.ts';
import { FUZZ_LIMIT_MS, fuzz } from '../testing/fuzz/index.ts';
import { writeRtpHeader } from './packet.ts';
import { payloadOf } from './payloads/index.ts';
import { Exchange, frameOf, packetsOf } from './payloads/testing/exchange.ts';
import { sample } from './payloads/testing/h264-units.ts';
import { RtpReceiver } from './receiver.ts';
import { readRtcp, writeReceiverReport, writeSenderReport } from './rtcp.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

const FLAT = 32 * 1024 * 1024;
const testdata = new URL('../../testdata/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const fine = { broken: [], slow: [], refused: 0 };

const avc = splitAnnexB(read('yard.h264').subarray(0, 40_000));
const hevc = splitAnnexB(read('codecs/main.h265').subarray(0, 20_000));
const tone = read('codecs/tone.aac');
const header = parseAdts(tone, 0, tone.length)!;
const sound = tone.subarray(header.headerBytes, header.frameBytes);
const avcFormat = h264Format(
  ...([7, 8].map((type) => avc.filter((nal) => nalType(nal, 0) === type).slice(0, 1)) as [
    Buffer[],
    Buffer[],
  ]),
);

const TRACKS: readonly (readonly [Codec, Format, Buffer])[] = [
  [h264, avcFormat, sample(avc.filter((nal) => !isParameterSet(nalType(nal, 0))).slice(0, 2))],
  [
    h265,
    h265Format(hevc.filter((nal) => isH265ParameterSet(h265NalType(nal, 0))).slice(0, 3)),
    sample(hevc.filter((nal) => h265NalType(nal, 0) < 32).slice(0, 2)),
  ],
  [mjpeg, mjpegFormat(160, 120), read('codecs/q30.jpg')],
  [aac, aacFormat(header.config), sound],
  [aacLatm, aacFormat(header.config), sound],
  [opus, opusFormat(2), Buffer.alloc(80, 0xfc)],
  [pcma, pcmFormat(pcma, 8000, 1), Buffer.alloc(160, 7)],
  [l16, pcmFormat(l16, 8000, 1), Buffer.alloc(320, 7)],
];

function wrapped(payload: Buffer, marker: boolean, sequence: number): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  writeRtpHeader(packet, 0, marker, 96, sequence, sequence * 3000, 1);
  payload.copy(packet, 12);
  return packet;
}

describe('100,000 packets each', () => {
  it.each(TRACKS)(
    '$name: whatever comes becomes frames or nothing, at once and with flat memory',
    (codec, format, frame) => {
      const payload = payloadOf(codec)!;
      const parts = packetsOf(payload.packetizer(format, 600), frameOf(format, frame, 0, true));
      const examples = parts.map(({ payload: bytes, marker }, index) => wrapped(bytes, marker, index));
      let exchange = new Exchange();
      let receiver: RtpReceiver | undefined;
      let taken = 0;
      let frames = 0;
      const report = fuzz({
        examples,
        pieces: [
          [0x7c, 0x85],
          [0x78, 0, 4],
          [0x62, 1, 0x93],
          [0, 0, 1],
          [0xff, 0xff],
          [0, 16, 0, 8],
        ].map((bytes) => Buffer.from(bytes)),
        isTyped: () => false,
        take: (input) => {
          // A camera is played for a while, then the next one.
          if (!receiver || taken++ % 500 === 0) {
            frames += exchange.frames.length;
            exchange = new Exchange();
            receiver = new RtpReceiver(
              payload.depacketizer(exchange.options(format)),
              taken % 1000 < 500 ? 96 : undefined,
            );
          }
          receiver.packet(input, 0, input.length);
        },
      });
      expect(report).toMatchObject(fine);
      expect(report.grown).toBeLessThan(FLAT);
      expect(frames).toBeGreaterThan(0);
    },
  );

  it('of RTCP: reports are read or passed over', () => {
    const facts = { ssrc: 1, timestamp: 2, packets: 3, octets: 4 };
    const one = writeSenderReport(facts, 1_790_000_000_000, 'camera');
    let reports = 0;
    const report = fuzz({
      examples: [
        one,
        writeReceiverReport(7),
        Buffer.concat([one, writeReceiverReport(7), Buffer.from('81cb000100000001', 'hex')]),
      ],
      pieces: [Buffer.from('80c80006', 'hex'), Buffer.from('81ca', 'hex'), Buffer.from('ffff', 'hex')],
      isTyped: () => false,
      take: (input) => {
        if (readRtcp(input, 0, input.length).report) reports++;
      },
    });
    expect(report).toMatchObject(fine);
    expect(report.grown).toBeLessThan(FLAT);
    expect(reports).toBeGreaterThan(0);
  });
});
