import {
  AnalyticsQuery,
  CameraAnalyticsList,
  CameraAnalyticsQuery,
  RecordingAnalytics,
} from '@nightjar/contract/platform';
import type { CameraView } from '../../../cameras/index.ts';
import { type App, sees } from '../../../kernel/index.ts';
import type { FootageTotals } from '../../../recordings/index.ts';
import { pageOf } from '../access/present.ts';
import { statusOf } from '../cameras/present.ts';
import { errorAnswers } from '../errors.ts';
import { ownersOf, streamsWithin } from '../recordings/present.ts';
import type { PlatformRooms } from '../rooms.ts';
import { footageOf, lastDays, totalOf, totalsBy } from './figures.ts';

const tags = ['dashboard'];
const NOTHING: FootageTotals = { count: 0, bytes: 0, seconds: 0 };

/** One camera in figures. */
async function figuresOf(
  { camera, main, streams }: CameraView,
  totals: ReadonlyMap<string, FootageTotals>,
  rooms: PlatformRooms,
) {
  const { id, recording, session, createdAt, lastConnectedAt } = main.stream;
  const errors = await rooms.streams.errors(id);
  const [last] = errors;
  const since = session.since ?? createdAt;
  return {
    camera_id: camera.id,
    name: camera.name,
    status: statusOf({ camera, main, streams, pushed: undefined }),
    fps: main.metrics?.framerate.current ?? null,
    bitrate: main.metrics?.bitrate.current ?? null,
    dropped_frames: main.metrics?.framerate.dropped ?? null,
    packets_lost: main.metrics?.packets.lost ?? null,
    viewers: streams.reduce((sum, { stream }) => sum + rooms.viewers.count(stream.id), 0),
    completeness: recording.enabled ? ((await rooms.recordings.completeness(id, since)) ?? null) : null,
    footage: footageOf(totalOf(streams.map(({ stream }) => totals.get(stream.id) ?? NOTHING))),
    errors: errors.length,
    last_error: last ? { code: last.fault, message: last.message, at: last.at } : null,
    last_seen_at: lastConnectedAt,
  };
}

function cameraAnalytics(app: App, rooms: PlatformRooms): void {
  app.get('/api/v1/dashboard/analytics/cameras', {
    config: { access: { scope: 'cameras:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'Camera analytics',
      querystring: CameraAnalyticsQuery,
      response: { 200: CameraAnalyticsList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const { camera_id } = query;
      const known = (await rooms.cameras.list()).filter(
        ({ camera: { id } }) => id === (camera_id ?? id) && sees(principal, 'cameras:read', id),
      );
      const page = pageOf(known, query);
      const totals = await rooms.recordings.totalsByStream();
      return { ...page, items: await Promise.all(page.items.map((view) => figuresOf(view, totals, rooms))) };
    },
  });
}

/** Days until the volume is full at a pace of bytes a day. */
async function daysUntilFull(pace: number, { system, settings }: PlatformRooms): Promise<number | null> {
  const free = await system.freeBytes(settings.config.recording.base_path);
  return free === undefined || pace <= 0 ? null : Math.round((10 * free) / pace) / 10;
}

/** S3's analytics. */
export function analyticsRoutes(app: App, rooms: PlatformRooms): void {
  cameraAnalytics(app, rooms);

  app.get('/api/v1/dashboard/analytics/recordings', {
    config: { access: { scope: 'recordings:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'Recording analytics',
      querystring: AnalyticsQuery,
      response: { 200: RecordingAnalytics, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const owners = await ownersOf(rooms);
      const streamIds = streamsWithin(principal, owners, query);
      const days = lastDays(rooms.clock.utc(), query.days);
      const [from = '', to = ''] = [days[0], days.at(-1)];
      const rows = await rooms.footageSearch.byDay({ streamIds, from: `${from}T00:00:00.000Z` });
      const byDay = totalsBy(rows, ({ date }) => date);
      const ownerOf = (id: string) => owners.get(id)?.camera ?? { id, name: id };
      const byCamera = totalsBy(rows, ({ streamId }) => ownerOf(streamId).id);
      const total = totalOf(rows);
      const pace = total.bytes / query.days;
      return {
        from,
        to,
        totals: footageOf(total),
        days: days.map((date) => ({ date, ...footageOf(byDay.get(date) ?? NOTHING) })),
        cameras: [...byCamera]
          .map(([id, totals]) => ({ camera_id: id, name: ownerOf(id).name, ...footageOf(totals) }))
          .toSorted((one, other) => other.size - one.size),
        tiers: [...totalsBy(rows, ({ tier }) => tier)].map(([tier, totals]) => ({
          tier,
          ...footageOf(totals),
        })),
        bytes_per_day: Math.round(pace),
        days_until_full: principal?.reach === 'all' ? await daysUntilFull(pace, rooms) : null,
      };
    },
  });
}
