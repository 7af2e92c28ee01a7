import { availableParallelism, totalmem } from 'node:os';
import { DashboardStats, SystemMetrics } from '@nightjar/contract/platform';
import { isActive } from '../../../cameras/index.ts';
import { type App, isoNow, sees } from '../../../kernel/index.ts';
import { recordingStatusOf, statusOf } from '../cameras/present.ts';
import { errorAnswers } from '../errors.ts';
import { ownersOf, streamsWithin } from '../recordings/present.ts';
import type { PlatformRooms } from '../rooms.ts';
import { footageOf, totalOf } from './figures.ts';

const tags = ['dashboard'];
type Views = Awaited<ReturnType<PlatformRooms['cameras']['list']>>;

function camerasIn(views: Views, rooms: PlatformRooms): DashboardStats['cameras'] {
  const count = (holds: (view: Views[number]) => boolean) => views.filter(holds).length;
  return {
    total: views.length,
    online: count((view) => statusOf(view) === 'online'),
    offline: count((view) => statusOf(view) === 'offline'),
    error: count((view) => statusOf(view) === 'error'),
    active: count(isActive),
    recording: count((view) => recordingStatusOf(view, rooms) === 'recording'),
  };
}

function systemNow({ system, engineConnected }: PlatformRooms): DashboardStats['system'] {
  return {
    status: engineConnected() ? 'healthy' : 'degraded',
    uptime: system.uptime(),
    cpu_usage: system.cpuUsage(),
    memory_usage: system.memoryUsage(),
    memory_total: totalmem(),
    version: system.version,
  };
}

function byProtocol(viewers: ReturnType<PlatformRooms['viewers']['list']>): Record<string, number> {
  const groups = Map.groupBy(viewers, ({ protocol }) => protocol);
  return Object.fromEntries([...groups].map(([protocol, all]) => [protocol, all.length]));
}

/** S3's numbers at a glance. */
export function statsRoutes(app: App, rooms: PlatformRooms): void {
  const { footageSearch, viewers, system, settings, clock } = rooms;

  app.get('/api/v1/dashboard/stats', {
    config: { access: { scope: 'cameras:read', object: 'listing' } },
    schema: { tags, summary: 'Dashboard statistics', response: { 200: DashboardStats, ...errorAnswers } },
    handler: async ({ principal }) => {
      const owners = await ownersOf(rooms);
      const views = [...new Set(owners.values())].filter(({ camera }) =>
        sees(principal, 'cameras:read', camera.id),
      );
      const streamIds = streamsWithin(principal, owners);
      const today = `${isoNow(clock).slice(0, 10)}T00:00:00.000Z`;
      const totals = await footageSearch.totals({ streamIds });
      const days = await footageSearch.byDay({ streamIds, from: today });
      const growing = await footageSearch.totals({ streamIds, closed: false });
      const disk = await system.diskUsage(settings.config.recording.base_path);
      return {
        cameras: camerasIn(views, rooms),
        recordings: { ...footageOf(totals), today: footageOf(totalOf(days)), growing: growing.count },
        storage: { used: disk?.used ?? null, total: disk?.total ?? null, footage: totals.bytes },
        viewers: viewers.list().filter(({ stream_id }) => sees(principal, 'cameras:read', stream_id)).length,
        system: systemNow(rooms),
      };
    },
  });

  app.get('/api/v1/dashboard/system/metrics', {
    config: { access: { scope: 'metrics:read' } },
    schema: { tags, summary: 'System metrics', response: { 200: SystemMetrics, ...errorAnswers } },
    handler: async () => {
      const { uptime, version, cpu_usage, memory_usage, memory_total } = systemNow(rooms);
      const all = await rooms.streams.list();
      const bitrate = all.reduce((sum, { metrics }) => sum + (metrics?.bitrate.current ?? 0), 0);
      return {
        timestamp: isoNow(clock),
        uptime,
        version,
        cpu: { usage: cpu_usage, cores: availableParallelism() },
        memory: { used: memory_usage, total: memory_total, process: system.process().residentBytes },
        disk: await system.diskUsage(settings.config.recording.base_path),
        engine: { connected: rooms.engineConnected() },
        streams: { total: all.length, live: all.filter(({ state }) => state === 'live').length, bitrate },
        viewers: { total: viewers.list().length, by_protocol: byProtocol(viewers.list()) },
      };
    },
  });
}
