import { fragmented, pps, slice, sps } from '../../../rtp/payloads/testing/h264-units.ts';
import {
  type Film,
  type FilmFrame,
  H264,
  H265,
  h264Frame,
  h264Parts,
  h264UnitParts,
  MJPEG,
  OTHER_H264,
  type Part,
} from '../film.ts';
import { type Behaviour, type Quirk, quirk, type Shot } from '../quirk.ts';
import { eachShot } from '../shots.ts';

const startCode = Buffer.from([0, 0, 0, 1]);

/** The payloads of each picture, made in another way. */
const parts = (make: (frame: FilmFrame, shot: Shot) => readonly Part[]): Behaviour => ({
  shots: eachShot((shot) => (shot.track === 0 ? { ...shot, parts: make(shot.frame, shot) } : shot)),
});
/** Every payload of a picture, changed or taken apart. */
const eachPart = (change: (part: Part, index: number, all: readonly Part[]) => readonly Part[]): Behaviour =>
  parts((frame) => h264Parts(frame).flatMap(change));
const isFragment = ({ bytes }: Part) => (bytes[0]! & 31) === 28;
/** One byte of the payload changed. */
const patched = (part: Part, at: number, change: (byte: number) => number): Part => {
  const bytes = Buffer.from(part.bytes);
  bytes[at] = change(bytes[at]!);
  return { ...part, bytes };
};

const packets: readonly Quirk[] = [
  quirk(
    38,
    'the marker on parameter sets as well',
    eachPart((part) => [{ ...part, marker: part.marker || [6, 7, 8].includes(part.bytes[0]! & 31) }]),
  ),
  quirk(
    38,
    'the marker never set',
    eachPart((part) => [{ ...part, marker: false }]),
  ),
  quirk(
    39,
    'start codes in front of every unit',
    parts(({ units }) =>
      units
        .flatMap((unit, index) => h264UnitParts(unit, index === units.length - 1))
        .map((part) =>
          isFragment(part) ? part : { ...part, bytes: Buffer.concat([startCode, part.bytes]) },
        ),
    ),
  ),
  quirk(
    39,
    'parameter sets and picture glued into one unit',
    parts(({ units }) =>
      h264UnitParts(
        Buffer.concat(units.flatMap((unit, index) => (index === 0 ? [unit] : [startCode, unit]))),
        true,
      ),
    ),
  ),
  quirk(
    40,
    'start and end set in one fragment',
    parts(({ units }) =>
      units.flatMap((unit, index) => {
        const last = index === units.length - 1;
        if (unit.length > 1200) return h264UnitParts(unit, last);
        return fragmented(unit, [], 0, last).map(({ payload, marker }) => ({ bytes: payload, marker }));
      }),
    ),
  ),
  quirk(
    40,
    'the reserved bit set, the type changing from fragment to fragment',
    eachPart((part, index) => [
      isFragment(part)
        ? patched(part, 1, (byte) => ((byte & 0x80) > 0 ? byte | 0x20 : (byte & 0x40) | (index & 31)))
        : part,
    ]),
  ),
  quirk(
    40,
    'empty fragments',
    eachPart((part) =>
      isFragment(part) && (part.bytes[1]! & 0xc0) === 0
        ? [{ bytes: part.bytes.subarray(0, 2), marker: false }, part]
        : [part],
    ),
  ),
  quirk(
    40,
    'fragments without an end',
    eachPart((part) => [isFragment(part) ? patched(part, 1, (byte) => byte & 0xbf) : part]),
  ),
];

const isPicture = ({ bytes }: Part) => ![7, 8].includes(bytes[0]! & 31);
const tall = { width: 720, height: 1280 };
const small = { width: 640, height: 352, profile: 77 } as const;

function synthetic(facts: Parameters<typeof sps>[0], kinds: readonly ('idr' | 'p' | 'b')[]): Film {
  const sets = [sps(facts), pps()];
  const frames = kinds.map((kind, index) => {
    const picture = slice(kind, 100 + index);
    return h264Frame(kind === 'idr' ? [...sets, picture] : [picture], kind === 'idr');
  });
  return [{ ...H264, sdp: ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000'], frames }];
}

/** Sends pictures in decode order with the times of their presentation: I P B, each B between its neighbours. */
function reordered(shot: Shot): Shot {
  const place = [0, 2, 1][shot.index % 3]!;
  return { ...shot, timestamp: shot.timestamp + (place - (shot.index % 3)) * 3600 };
}

const streams: readonly Quirk[] = [
  quirk(
    41,
    'key frames without parameter sets',
    eachPart((part) => (isPicture(part) ? [part] : [])),
  ),
  quirk(
    41,
    'another film from the third second on',
    () => ({
      film: [H264],
      shots: eachShot((shot) => {
        if (shot.index < 10) return shot;
        const frame = OTHER_H264.frames[(shot.index - 10) % 100]!;
        return { ...shot, frame, parts: h264Parts(frame) };
      }),
    }),
    { altered: true, watchMs: 900 },
  ),
  quirk(
    41,
    'another resolution in mid-stream',
    () => ({
      film: [H264],
      shots: eachShot((shot) => {
        if (shot.index < 10) return shot;
        const [frame] = synthetic(tall, ['idr'])[0]!.frames;
        return { ...shot, frame: frame!, parts: h264Parts(frame!) };
      }),
    }),
    {
      altered: true,
      watchMs: 900,
      looks: ({ tracks }) =>
        /^avc1.64001F 1280x720 > avc1.42001F 720x1280$/.test(tracks.flat().join(' > '))
          ? undefined
          : tracks.flat().join(' > '),
    },
  ),
  quirk(
    41,
    'key frames sent twice with one time stamp',
    {
      film: [H264],
      shots: function* (shots) {
        for (const shot of shots) {
          yield shot;
          if (shot.frame.key) yield shot;
        }
      },
    },
    { altered: true },
  ),
  quirk(42, 'H.265', { film: [H265] }),
  quirk(42, 'H.265 with whole units in one fragment, and fragments without an end', {
    film: [{ ...H265, parts: h265Fragments }],
  }),
  quirk(
    43,
    'B-frames',
    () => ({
      film: synthetic(small, ['idr', 'p', 'b', 'p', 'p', 'b', 'p', 'p', 'b']),
      shots: eachShot(reordered),
    }),
    {
      uneven: true,
      watchMs: 900,
      // How far pictures are reordered is learned from the first ones where the parameter sets do not tell.
      looks: ({ frames }) =>
        frames.slice(10).every(({ pts, dts }) => pts >= dts) ? undefined : 'shown before it is decoded',
    },
  ),
];

/** FU (RFC 7798 4.4.3): units that fit are one fragment with start and end set, others end without saying so. */
function h265Fragments({ units }: FilmFrame): Part[] {
  return units.flatMap((unit, index) => {
    const header = (flags: number) =>
      Buffer.from([(unit[0]! & 0x81) | (49 << 1), unit[1]!, flags | ((unit[0]! >>> 1) & 63)]);
    const bodies: Buffer[] = [];
    for (let at = 2; at < unit.length; at += 1000) bodies.push(unit.subarray(at, at + 1000));
    const last = index === units.length - 1;
    return bodies.map((body, at) => ({
      bytes: Buffer.concat([header((at === 0 ? 0x80 : 0) | (bodies.length === 1 ? 0x40 : 0)), body]),
      marker: last && at === bodies.length - 1,
    }));
  });
}

const bounds: readonly Quirk[] = [
  quirk(
    44,
    'one key frame for minutes, times that step back a little',
    () => ({
      film: [{ ...H264, frames: H264.frames.slice(0, 50) }],
      shots: eachShot((shot) => ({ ...shot, timestamp: shot.timestamp - (shot.index % 4 === 3 ? 5400 : 0) })),
    }),
    { uneven: true },
  ),
  quirk(
    45,
    'the last packets of every fourth picture lost',
    {
      film: [H264],
      sends: (sends) => withoutEnds(sends),
    },
    { lossy: true, watchMs: 800 },
  ),
  quirk(
    45,
    'a picture of 20 MB that does not end',
    {
      film: [H264],
      shots: eachShot((shot) => (shot.index === 5 ? { ...shot, parts: endless() } : shot)),
    },
    { lossy: true, watchMs: 1500 },
  ),
  quirk(
    46,
    'a picture that stands on end',
    { film: synthetic(tall, ['idr', 'p', 'p', 'p']) },
    {
      looks: ({ tracks }) =>
        tracks[0]?.[0]?.endsWith(` ${tall.width}x${tall.height}`) ? undefined : `announced as ${tracks[0]}`,
    },
  ),
  quirk(47, 'JPEG', { film: [MJPEG] }),
  quirk(47, 'JPEG of a type that nobody has defined', {
    film: [{ ...MJPEG, parts: (frame) => MJPEG.parts(frame).map((part) => patched(part, 4, () => 9)) }],
  }),
];

function* withoutEnds<T extends { kind: string; bytes: Buffer }>(sends: Iterable<T>): Generator<T> {
  let pictures = 0;
  for (const send of sends) {
    const ends = send.kind === 'rtp' && send.bytes[1]! > 127;
    if (ends) pictures++;
    if (!ends || pictures % 4 !== 0) yield send;
  }
}

function endless(): Part[] {
  const size = 60_000;
  const first = Buffer.alloc(size, 1);
  first.set([0x7c, 0x81]);
  const more = Buffer.alloc(size, 1);
  more.set([0x7c, 0x01]);
  return Array.from({ length: 350 }, (_, index) => ({ bytes: index === 0 ? first : more, marker: false }));
}

export const pictureQuirks: readonly Quirk[] = [...packets, ...streams, ...bounds];
