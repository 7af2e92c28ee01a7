import { RetentionPreview, RetentionPreviewRequest, StorageForecast } from '@nightjar/contract/manager';
import { z } from 'zod';
import type { App } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import { rounded } from './present.ts';
import type { ManagerRooms } from './rooms.ts';

const tags = ['storage'];

/** The room for footage, and when it ends. Throws what the database does. */
export async function storageOf(
  rooms: Pick<ManagerRooms, 'streams' | 'recordings' | 'tiers' | 'system' | 'settings'>,
) {
  const { streams, recordings, tiers, system, settings } = rooms;
  const { base_path, retention_days, max_bytes, min_free_bytes } = settings.config.recording;
  const kept = new Map(
    (await streams.list()).map(({ stream }) => [stream.id, stream.recording.retentionDays ?? retention_days]),
  );
  const bytes = await recordings.totalBytes();
  const free = await system.freeBytes(base_path);
  const spaces = [
    ...(free === undefined ? [] : [free - min_free_bytes]),
    ...(max_bytes === null ? [] : [max_bytes - bytes]),
  ];
  const room = Math.max(0, Math.min(...spaces, Number.MAX_SAFE_INTEGER));
  const forecast = await recordings.forecast({ days: (id) => kept.get(id) ?? retention_days, room });
  return { bytes, free, forecast, tiers: await tiers.overview() };
}

/** What the limits of footage do, and would do. */
export function storageRoutes(app: App, rooms: ManagerRooms): void {
  const { clockSteps } = rooms;

  app.get('/api/storage', {
    config: { access: { scope: 'config:read' } },
    schema: {
      tags,
      summary: 'Get how much footage there is, and when the room for it ends',
      response: { 200: StorageForecast, ...errorAnswers },
    },
    handler: async () => {
      const { bytes, free, forecast, tiers } = await storageOf(rooms);
      return {
        bytes,
        free: free ?? null,
        bytes_per_day: Math.round(forecast.bytesPerDay),
        full_in_days: forecast.fullInDays,
        tiers: tiers.map(({ tier, bytes: held, files, queued, fault }) => ({
          ...{ tier, bytes: held, files, queued, fault },
        })),
        clock: { frozen: clockSteps.stepped, seconds: rounded(clockSteps.seconds) },
      };
    },
  });

  app.post('/api/storage/preview', {
    config: { access: { scope: 'config:read' } },
    schema: {
      tags,
      summary: 'Get what other limits would delete; nothing is deleted',
      body: RetentionPreviewRequest,
      response: { 200: RetentionPreview, ...errorAnswers },
    },
    handler: async ({ body }) => {
      const { recording } = rooms.settings.config;
      const asked = body.streams;
      const days = body.retention_days ?? recording.retention_days;
      const streams = (await rooms.streams.list()).map(({ stream: { id, recording: own } }) => {
        const { retention_days = own.retentionDays, max_bytes = own.maxBytes } = asked[id] ?? {};
        return { streamId: id, days: retention_days ?? days, maxBytes: max_bytes };
      });
      const maxBytes = body.max_bytes === undefined ? recording.max_bytes : body.max_bytes;
      const found = await rooms.recordings.preview({ streams, maxBytes });
      return {
        ...{ files: found.files, bytes: found.bytes, seconds: rounded(found.seconds) },
        streams: found.streams.map(({ streamId, seconds, ...rest }) => ({
          ...{ id: streamId, seconds: rounded(seconds) },
          ...rest,
        })),
      };
    },
  });

  app.post('/api/storage/confirm-clock', {
    config: { access: { scope: 'config:write' }, audit: 'storage.clock_confirmed' },
    schema: {
      tags,
      summary: 'Confirm that the clock is right after it stepped: footage is deleted and moved by age again',
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (_request, reply) => {
      clockSteps.confirm();
      return reply.code(204).send();
    },
  });
}
