import { Health, SystemStatus } from '@nightjar/contract/manager';
import { type App, sees } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import { recordingStatus } from './present.ts';
import type { ManagerRooms } from './rooms.ts';

/** S2's `/health`, open to all, and `/api/status`. */
export function systemRoutes(app: App, { system, streams, recordings, settings }: ManagerRooms): void {
  app.get('/health', {
    config: { access: 'public', counted: false },
    schema: { tags: ['system'], summary: 'Health check', response: { 200: Health } },
    handler: () => ({ status: 'healthy' as const, uptime: system.uptime(), version: system.version }),
  });

  app.get('/api/status', {
    config: { access: { scope: 'streams:read', object: 'listing' } },
    schema: {
      tags: ['system'],
      summary: 'Get overall system status',
      response: { 200: SystemStatus, ...errorAnswers },
    },
    handler: async ({ principal }) => {
      const views = (await streams.list()).filter(({ stream }) => sees(principal, 'streams:read', stream.id));
      const records = views.filter(
        (view) => recordingStatus(view, recordings.activity(view.stream.id)) === 'recording',
      );
      return {
        active_streams: views.filter((view) => view.state === 'live').length,
        total_streams: views.length,
        recording_streams: records.length,
        cpu_usage: system.cpuUsage(),
        memory_usage: system.memoryUsage(),
        disk_usage: await system.diskUsage(settings.config.recording.base_path),
      };
    },
  });
}
