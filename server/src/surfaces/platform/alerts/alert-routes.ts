import { Alert, AlertList, AlertQuery, IdParams } from '@nightjar/contract/platform';
import type { z } from 'zod';
import type { Alert as Seen } from '../../../alerts/index.ts';
import { type App, DomainError, type Principal, sees } from '../../../kernel/index.ts';
import { caller, pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const tags = ['alerts'];
type State = z.infer<typeof Alert>['state'];

function stateOf({ resolvedAt, acknowledgedAt }: Seen): State {
  if (resolvedAt !== null) return 'resolved';
  return acknowledgedAt === null ? 'open' : 'acknowledged';
}

const shown = (alert: Seen) => ({
  ...{ id: alert.id, rule_id: alert.ruleId, rule_name: alert.ruleName },
  ...{ kind: alert.kind, severity: alert.severity, state: stateOf(alert), message: alert.message },
  camera_id: alert.cameraId || null,
  camera_name: alert.cameraName || null,
  opened_at: alert.openedAt,
  resolved_at: alert.resolvedAt,
  acknowledged_at: alert.acknowledgedAt,
  acknowledged_by: alert.acknowledgedBy,
  notified_at: alert.notifiedAt,
});

/** Those of cameras within reach; those of the installation for who reaches all of it. */
const mayKnow = ({ cameraId }: Seen, principal: Principal | undefined): boolean =>
  cameraId === '' ? principal?.reach === 'all' : sees(principal, 'alerts:read', cameraId);

function matches(alert: Seen, { state, kind, camera_id }: z.infer<typeof AlertQuery>): boolean {
  const is = stateOf(alert);
  if (state === 'active' ? is === 'resolved' : state !== undefined && is !== state) return false;
  return (kind ?? alert.kind) === alert.kind && (camera_id ?? alert.cameraId) === alert.cameraId;
}

/** What the rules saw. */
export function alertRoutes(app: App, { alerts }: PlatformRooms): void {
  app.get('/api/v1/alerts', {
    config: { access: { scope: 'alerts:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'List alerts, newest first',
      querystring: AlertQuery,
      response: { 200: AlertList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const known = (await alerts.list()).filter((alert) => mayKnow(alert, principal));
      return pageOf(known.filter((alert) => matches(alert, query)).map(shown), query);
    },
  });

  app.post('/api/v1/alerts/:id/acknowledge', {
    config: { access: { scope: 'alerts:write', object: 'listing' }, audit: 'alert.acknowledged' },
    schema: {
      tags,
      summary: 'Take an alert on: it is not escalated any more',
      params: IdParams,
      response: { 200: Alert, ...errorAnswers },
    },
    handler: async ({ params, principal }) => {
      const { id } = params;
      const unknown = () => new DomainError('NOT_FOUND', `No alert with ID '${id}'`, { id });
      if (!mayKnow(await alerts.get(id), principal)) throw unknown();
      return shown(await alerts.acknowledge(id, caller(principal).name));
    },
  });
}
