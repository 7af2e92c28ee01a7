import { MetricsText } from '@nightjar/contract/manager';
import { type App, fromLoopback } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { recordingStatus } from '../present.ts';
import type { ManagerRooms } from '../rooms.ts';
import { storageOf } from '../storage-routes.ts';
import type { Scrape } from './exposition.ts';

const NONE = { count: 0, bytes: 0, seconds: 0 };

async function scrapeOf(rooms: ManagerRooms): Promise<Scrape> {
  const { streams, recordings, system, engineConnected, engineLoopDelay } = rooms;
  const footage = await recordings.totalsByStream();
  const { forecast, tiers } = await storageOf(rooms);
  return {
    streams: await Promise.all(
      (await streams.list()).map(async (view) => {
        const { id } = view.stream;
        const recording = recordingStatus(view, recordings.activity(id)) === 'recording';
        const { createdAt, recording: settings } = view.stream;
        const completeness = settings.enabled ? await recordings.completeness(id, createdAt) : undefined;
        return { view, recording, footage: footage.get(id) ?? NONE, completeness };
      }),
    ),
    storage: {
      fullInSeconds: forecast.fullInDays === null ? undefined : forecast.fullInDays * 86_400,
      frozen: rooms.clockSteps.stepped,
      tiers,
    },
    engineConnected: engineConnected(),
    engineLoopDelay: engineLoopDelay(),
    eventSockets: rooms.eventSockets(),
    system,
    disk: await system.diskUsage(rooms.settings.config.recording.base_path),
  };
}

/** S2's figures for Prometheus. */
export function metricsRoutes(app: App, rooms: ManagerRooms): void {
  app.get('/api/metrics', {
    config: {
      access: {
        scope: 'metrics:read',
        openTo: (request) => rooms.settings.config.metrics.open_to_loopback && fromLoopback(request),
      },
    },
    schema: {
      tags: ['metrics'],
      summary: 'Get Prometheus-compatible metrics',
      description:
        'Needs no token on loopback when `metrics.open_to_loopback` is set. Samples of a stream are absent while it cannot be measured.',
      response: {
        200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: MetricsText } } },
        ...errorAnswers,
      },
    },
    handler: async (_request, reply) => {
      // With the first scrape: not every installation has a Prometheus.
      const { EXPOSITION_TYPE, exposition } = await import('./exposition.ts');
      const text = await exposition(await scrapeOf(rooms));
      return reply.type(EXPOSITION_TYPE).serializer(String).send(text);
    },
  });
}
