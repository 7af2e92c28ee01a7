import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDescription } from './description.ts';
import { segmentStart } from './segment-name.ts';
import { TimedCamera } from './testing/timed-camera.ts';

const run = promisify(execFile);
const HOUR = 3_600;
const YEARS = 10 * 365.25 * 86_400;
const WRAP = 2 ** 32 / 90_000;
const NTP = 3_900_000_000;

interface Case {
  readonly name: string;
  readonly utc?: number;
  /** RTP time of the picture at first, in seconds. */
  readonly base?: number;
  readonly zone?: string;
  /** The host's clock is set back: days and hours come twice. */
  readonly back?: boolean;
  readonly film: (camera: TimedCamera) => Promise<void>;
}

/** Films, is disturbed, and films on. */
const around =
  (seconds: number, disturb: (camera: TimedCamera) => unknown) => async (camera: TimedCamera) => {
    await camera.film(seconds);
    await disturb(camera);
    await camera.film(10);
  };

const CASES: readonly Case[] = [
  { name: '53: RTP time wraps', base: WRAP - 5, film: (camera) => camera.film(14) },
  { name: '53: RTP time leaps an hour ahead', film: around(7, (camera) => camera.leap(HOUR)) },
  { name: '53: RTP time leaps an hour back', film: around(7, (camera) => camera.leap(-HOUR)) },
  {
    name: '53: RTP time leaps by nearly half its range',
    film: around(7, (camera) => camera.leap(WRAP / 2 - 9)),
  },
  { name: '53: half a minute is lost', film: around(7, (camera) => camera.stall(30, true)) },
  { name: '53: half a minute was not filmed', film: around(7, (camera) => camera.stall(30, false)) },
  {
    name: '54: the camera is 13 hours wrong',
    film: around(5, (camera) => camera.report({ video: NTP - 13 * HOUR, audio: NTP - 13 * HOUR })),
  },
  {
    name: '54: its tracks are hours apart',
    film: around(5, (camera) => camera.report({ video: NTP, audio: NTP + 2 * HOUR })),
  },
  {
    name: '54: its reports come late and drift',
    film: async (camera) => {
      for (let nth = 0; nth < 4; nth++) {
        await camera.film(5);
        camera.report({ video: NTP + nth * 5, audio: NTP + nth * 5.03 });
      }
    },
  },
  {
    name: '55: five seconds come at once at first',
    film: async (camera) => {
      await camera.film(5, { burst: true });
      await camera.film(10);
    },
  },
  {
    name: '55: half a minute comes at once at first',
    film: async (camera) => {
      await camera.film(30, { burst: true });
      await camera.film(40);
    },
  },
  { name: '56: 21 pictures a second come of 25', film: (camera) => camera.film(14, { fps: 21 }) },
  {
    name: '56: and RTP time says that there were 25',
    film: (camera) => camera.film(20, { fps: 21, speed: 21 / 25 }),
  },
  { name: '57: the host is set an hour ahead', film: around(7, (camera) => camera.step(HOUR)) },
  { name: '57: the host is set an hour back', back: true, film: around(7, (camera) => camera.step(-HOUR)) },
  { name: '57: the host is set ten years ahead', film: around(7, (camera) => camera.step(YEARS)) },
  {
    name: '57: the host is set ten years back',
    back: true,
    film: around(7, (camera) => camera.step(-YEARS)),
  },
  {
    name: '57: the host is set back again and again, by more than a file',
    back: true,
    film: async (camera) => {
      for (let nth = 0; nth < 5; nth++) {
        await camera.film(4);
        camera.step(-5);
      }
    },
  },
  {
    name: '57: time comes after the boot',
    utc: 0,
    film: around(7, (camera) => camera.step(56 * 365 * 86_400)),
  },
  {
    name: '57: an hour comes twice in New York',
    zone: 'America/New_York',
    utc: Date.UTC(2026, 10, 1, 5, 59, 53),
    film: (camera) => camera.film(14),
  },
  {
    name: '57: an hour is left out in New York',
    zone: 'America/New_York',
    utc: Date.UTC(2026, 2, 8, 6, 59, 53),
    film: (camera) => camera.film(14),
  },
  {
    name: '57: half an hour comes twice on Lord Howe',
    zone: 'Australia/Lord_Howe',
    utc: Date.UTC(2026, 3, 4, 14, 59, 53),
    film: (camera) => camera.film(14),
  },
  {
    name: '57: midnight in Kolkata, half past six in UTC',
    zone: 'Asia/Kolkata',
    utc: Date.UTC(2026, 0, 1, 18, 29, 53),
    film: (camera) => camera.film(14),
  },
  { name: '58: sound is two seconds ahead', film: (camera) => camera.film(14, { soundAhead: 2 }) },
  { name: '58: sound is two seconds behind', film: (camera) => camera.film(14, { soundAhead: -2 }) },
  { name: '58: sound is just behind at each file', film: (camera) => camera.film(14, { soundAhead: -0.3 }) },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-clocks-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Decode times of a file's packets as ffprobe finds them. */
async function timesIn(bytes: Buffer, name: string): Promise<Record<'video' | 'audio', number[]>> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  // Its pictures are numbers, which no decoder likes.
  const { stdout } = await run('ffprobe', ['-v', 'quiet', '-show_packets', '-of', 'json', path], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const { packets } = JSON.parse(stdout) as { packets: { codec_type: string; dts: number }[] };
  const of = (type: string) => packets.filter((each) => each.codec_type === type).map(({ dts }) => dts);
  return { video: of('video'), audio: of('audio') };
}

/** Where each file lies on the media clock, in seconds, in the order of their making. */
async function spansOf({ recording }: TimedCamera): Promise<{ start: number; end: number }[]> {
  const closed = recording.of('segment.closed');
  const spans = closed.map(async ({ filename, duration }) => {
    const { description } = await recording.scan(filename);
    const { streamTime } = readDescription(description!)!;
    return { start: streamTime, end: streamTime + duration };
  });
  return Promise.all(spans);
}

const rises = (values: readonly number[]): boolean =>
  values.every((each, i) => i === 0 || each > values[i - 1]!);

async function inZone(zone: string | undefined, work: () => Promise<void>): Promise<void> {
  const before = process.env['TZ'];
  if (zone) process.env['TZ'] = zone;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

/** Nothing took another's place, and nothing was told that is not there. */
function expectTold({ recording }: TimedCamera): void {
  const closed = recording.of('segment.closed');
  expect(recording.broken).toEqual([]);
  expect(recording.names()).toEqual(closed.map(({ filename }) => filename).sort());
  for (const { filename, start } of closed)
    expect(segmentStart(filename)).toBe(Math.floor(Date.parse(start) / 1000) * 1000);
}

describe('clocks that go wrong', () => {
  it.each(CASES)('$name', async ({ utc, base, zone, back, film }) => {
    const given = { ...(utc === undefined ? {} : { utc }), ...(base === undefined ? {} : { base }) };
    const camera = new TimedCamera(given);
    const { recording, sent } = camera;
    await inZone(zone, async () => {
      await film(camera);
      await camera.end();
    });
    expectTold(camera);
    const spans = await spansOf(camera);
    expect(spans.length).toBeGreaterThan(2);
    const overlaps = spans.filter(({ start }, i) => i > 0 && start < spans[i - 1]!.end - 1e-4);
    expect(overlaps).toEqual([]);
    const starts = recording.of('segment.closed').map(({ start }) => Date.parse(start));
    expect(rises(starts)).toBe(back !== true);
    const files = await Promise.all(recording.names().map((name) => timesIn(recording.bytes(name), name)));
    for (const { video, audio } of files) expect([rises(video), rises(audio)]).toEqual([true, true]);
    const [pictures, sounds] = [files.flatMap(({ video }) => video), files.flatMap(({ audio }) => audio)];
    expect(pictures.length).toBe(sent.video);
    console.info(
      `${files.length} files, ${pictures.length} pictures, ${sounds.length} of ${sent.audio} sounds`,
    );
  });
});
