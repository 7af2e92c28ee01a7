import { writeRtpHeader, writeSenderReport } from '../../rtp/index.ts';
import type { Film } from './film.ts';
import type { Send, Shot } from './quirk.ts';

const REPORT_MS = 1000;
const FIRST_TIMESTAMP = 90_000;

export const ssrcOf = (track: number): number => 0x1000 + track;

/** Every frame of a film for ever, in the order in which they are sent. */
export function* shotsOf(film: Film): Generator<Shot> {
  const next = film.map(() => 0);
  const dueAt = (track: number) => (next[track]! * film[track]!.ticks * 1000) / film[track]!.rate;
  for (;;) {
    let track = 0;
    for (let other = 1; other < film.length; other++) if (dueAt(other) < dueAt(track)) track = other;
    const { frames, ticks, parts } = film[track]!;
    const index = next[track]!;
    const frame = frames[index % frames.length]!;
    const timestamp = FIRST_TIMESTAMP + index * ticks;
    yield { track, index, at: dueAt(track), timestamp, frame, parts: parts(frame) };
    next[track] = index + 1;
  }
}

/** The packets of shots, with a sender report of each track now and then. `utc` in milliseconds at PLAY. */
export function* sendsOf(shots: Iterable<Shot>, film: Film, utc: number): Generator<Send> {
  const sequence = film.map(() => 0);
  const reported = film.map(() => Number.NEGATIVE_INFINITY);
  for (const { track, at, timestamp, parts } of shots) {
    if (at - reported[track]! >= REPORT_MS) {
      reported[track] = at;
      const facts = { ssrc: ssrcOf(track), timestamp: timestamp >>> 0, packets: 0, octets: 0 };
      yield { at, track, kind: 'rtcp', bytes: writeSenderReport(facts, utc + at, 'camera') };
    }
    for (const { bytes, marker } of parts) {
      const { payloadType } = film[track]!;
      const packet = rtpPacket(
        { marker, payloadType, sequence: sequence[track]!++, timestamp, track },
        bytes,
      );
      yield { at, track, kind: 'rtp', bytes: packet };
    }
  }
}

export function rtpPacket(
  facts: { marker: boolean; payloadType: number; sequence: number; timestamp: number; track: number },
  payload: Buffer,
): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  const { marker, payloadType, sequence, timestamp, track } = facts;
  writeRtpHeader(packet, 0, marker, payloadType, sequence & 0xffff, timestamp >>> 0, ssrcOf(track));
  payload.copy(packet, 12);
  return packet;
}

/** Each shot changed by itself. */
export function eachShot(change: (shot: Shot) => Shot): (shots: Iterable<Shot>) => Iterable<Shot> {
  return function* (shots) {
    for (const shot of shots) yield change(shot);
  };
}

/** Each packet replaced by some. */
export function eachSend(change: (send: Send) => readonly Send[]): (sends: Iterable<Send>) => Iterable<Send> {
  return function* (sends) {
    for (const send of sends) yield* change(send);
  };
}
