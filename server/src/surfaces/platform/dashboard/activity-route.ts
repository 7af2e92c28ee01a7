import { ActivityList, ActivityQuery } from '@nightjar/contract/platform';
import { type App, authorize } from '../../../kernel/index.ts';
import { pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import { ownersOf } from '../recordings/present.ts';
import type { PlatformRooms } from '../rooms.ts';
import { activityOf } from './activity.ts';

/** Newest entries of the audit log that are looked at: as many as there are events. */
const ENTRIES = 2_000;

/** S3's activity feed: newest events, and for who may read the audit log also who did what. */
export function activityRoute(app: App, rooms: PlatformRooms): void {
  app.get('/api/v1/dashboard/activity', {
    config: { access: { scope: 'cameras:read', object: 'listing' } },
    schema: {
      tags: ['dashboard'],
      summary: 'Activity feed, newest first',
      querystring: ActivityQuery,
      response: { 200: ActivityList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const { events, audit } = rooms;
      const mayAudit = authorize(principal, 'audit:read', { kind: 'system' }) === 'allowed';
      const { entries } = mayAudit ? await audit.page({ limit: ENTRIES, offset: 0 }) : { entries: [] };
      const owners = await ownersOf(rooms);
      return pageOf(activityOf({ events: events.after(0).events, entries, owners, principal }, query), query);
    },
  });
}
