import { CameraReport, ProbeCamera } from '@nightjar/contract/manager';
import type { App } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { ManagerRooms } from './rooms.ts';

/** S2's look at a camera before it is a stream. */
export function probeRoutes(app: App, { probe }: ManagerRooms): void {
  app.post('/api/probe', {
    config: { access: { scope: 'cameras:write' } },
    schema: {
      tags: ['cameras'],
      summary: 'Connect to a camera once and say what it sends and what will work',
      description:
        'Takes some seconds, half a minute at most. What a camera refuses is an error with its `fault` in `details`.',
      body: ProbeCamera,
      response: { 200: CameraReport, ...errorAnswers },
    },
    handler: ({ body }) => probe.look(body.source_url, body.transport),
  });
}
