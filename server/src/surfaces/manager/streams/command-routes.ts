import {
  AcceptCertificate,
  StreamIdParams,
  StreamRestarting,
  StreamStarting,
  StreamStopping,
} from '@nightjar/contract/manager';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

const config = { access: { scope: 'streams:write', object: { stream: 'id' } } } as const;
const schema = { tags: ['streams'], params: StreamIdParams };

/** S2's commands to a stream. */
export function streamCommandRoutes(app: App, { streams }: ManagerRooms): void {
  app.post('/api/streams/:id/start', {
    config,
    schema: { ...schema, summary: 'Start a stream', response: { 200: StreamStarting, ...errorAnswers } },
    handler: async (request) => {
      await streams.command(request.params.id, 'start');
      return { status: 'starting' as const };
    },
  });

  app.post('/api/streams/:id/stop', {
    config,
    schema: { ...schema, summary: 'Stop a stream', response: { 200: StreamStopping, ...errorAnswers } },
    handler: async (request) => {
      await streams.command(request.params.id, 'stop');
      return { status: 'stopping' as const };
    },
  });

  app.post('/api/streams/:id/restart', {
    config,
    schema: { ...schema, summary: 'Restart a stream', response: { 200: StreamRestarting, ...errorAnswers } },
    handler: async (request) => {
      await streams.command(request.params.id, 'restart');
      return { status: 'restarting' as const };
    },
  });

  app.post('/api/streams/:id/certificate', {
    config,
    schema: {
      ...schema,
      summary: 'Trust the certificate that the camera shows now, and connect again',
      body: AcceptCertificate,
      response: { 200: StreamRestarting, ...errorAnswers },
    },
    handler: async (request) => {
      await streams.acceptCertificate(request.params.id, request.body.fingerprint);
      return { status: 'restarting' as const };
    },
  });
}
