import { writeSenderReport } from '../../../rtp/index.ts';
import { FILM, H264 } from '../film.ts';
import { type Behaviour, type Outcome, type Quirk, quirk, type Seen, type Shot } from '../quirk.ts';
import { eachSend, eachShot } from '../shots.ts';

const HOUR = 3600;
const rateOf = (track: number) => FILM[track]!.rate;
/** Times of shots moved by seconds, by whatever the shot is. */
const moved = (seconds: (shot: Shot) => number): Behaviour => ({
  shots: eachShot((shot) => ({
    ...shot,
    timestamp: shot.timestamp + Math.round(seconds(shot) * rateOf(shot.track)),
  })),
});

/** No two pictures further apart than this, in seconds of the media clock, and never backwards. */
const noGapAbove = (most: number, { frames }: Seen): string | undefined => {
  const times = frames.filter(({ kind }) => kind === 'video').map(({ dts }) => dts);
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  const worst = Math.max(...steps);
  if (Math.min(...steps) <= 0) return 'a time goes back';
  return worst > most ? `a gap of ${worst.toFixed(3)} s` : undefined;
};
/** A machine that is busy may stall for seconds, but not for an hour. */
const smooth: Outcome = { uneven: true, watchMs: 900, looks: (seen) => noGapAbove(5, seen) };

/** Reports that tell another time, or other times for the tracks. */
const reports = (seconds: (track: number, at: number) => number): Behaviour => ({
  sends: eachSend((send) => {
    if (send.kind !== 'rtcp') return [send];
    const ntp = send.bytes.readUInt32BE(8) - 2_208_988_800 + send.bytes.readUInt32BE(12) / 2 ** 32;
    const facts = {
      ssrc: send.bytes.readUInt32BE(4),
      timestamp: send.bytes.readUInt32BE(16),
      packets: 0,
      octets: 0,
    };
    const utc = (ntp + seconds(send.track, send.at)) * 1000;
    return [{ ...send, bytes: writeSenderReport(facts, utc, 'camera') }];
  }),
});

/** The furthest that sound and picture of one moment are apart on the media clock, in seconds. */
const together = ({ frames }: Seen): string | undefined => {
  const first = (kind: string) => frames.find((frame) => frame.kind === kind)?.dts ?? Number.NaN;
  const apart = Math.abs(first('video') - first('audio'));
  return apart < 0.3 ? undefined : `${apart.toFixed(2)} s apart`;
};

export const timeQuirks: readonly Quirk[] = [
  quirk(
    53,
    'RTP time leaps ahead by an hour',
    moved(({ at }) => (at < 300 ? 0 : HOUR)),
    smooth,
  ),
  quirk(
    53,
    'RTP time leaps back by an hour',
    moved(({ at }) => (at < 300 ? 2 * HOUR : HOUR)),
    smooth,
  ),
  quirk(53, 'RTP time wraps its 32 bits', {
    film: [H264],
    ...moved(() => (2 ** 32 - 90_000 - 36_000) / 90_000),
  }),
  quirk(54, 'no reports', { sends: eachSend((send) => (send.kind === 'rtcp' ? [] : [send])) }),
  quirk(
    54,
    'a time of day that is wrong by hours',
    reports(() => -17 * HOUR),
  ),
  quirk(
    54,
    'a clock that runs fast by a tenth',
    moved(({ at }) => at / 10_000),
    smooth,
  ),
  quirk(55, 'five seconds at once at the start', {
    shots: eachShot((shot) => ({ ...shot, at: Math.max(0, shot.at - 5000) })),
  }),
  quirk(
    56,
    'states 25 pictures a second and sends 21',
    () => ({
      film: [H264],
      shots: eachShot((shot) => ({
        ...shot,
        at: shot.index * 47.6,
        timestamp: 90_000 + Math.round(shot.index * 4285.7),
      })),
    }),
    { uneven: true, looks: (seen) => noGapAbove(0.06, seen) },
  ),
  quirk(
    58,
    'sound that is timed from another zero, put right by the reports',
    {
      ...moved(({ track }) => (track === 1 ? 7000 : 0)),
    },
    { looks: together },
  ),
  quirk(
    58,
    'sound that begins a second late',
    {
      shots: function* (shots) {
        for (const shot of shots) if (shot.track === 0 || shot.at >= 500) yield shot;
      },
    },
    { watchMs: 900 },
  ),
];
