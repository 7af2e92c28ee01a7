import { ViewerList, ViewerListQuery } from '@nightjar/contract/manager';
import { type App, sees } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { ManagerRooms } from './rooms.ts';

/** Who watches now. */
export function viewerRoutes(app: App, { viewers }: ManagerRooms): void {
  app.get('/api/viewers', {
    config: { access: { scope: 'events:read', object: 'listing' } },
    schema: {
      tags: ['streams'],
      summary: 'List who watches now',
      querystring: ViewerListQuery,
      response: { 200: ViewerList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const { stream_id, protocol, limit, offset } = query;
      const found = viewers
        .list()
        .filter(
          (viewer) =>
            sees(principal, 'events:read', viewer.stream_id) &&
            (stream_id === undefined || viewer.stream_id === stream_id) &&
            (protocol === undefined || viewer.protocol === protocol),
        );
      return { viewers: found.slice(offset, offset + limit), total: found.length, limit, offset };
    },
  });
}
