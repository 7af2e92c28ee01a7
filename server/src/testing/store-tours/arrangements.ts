// house: doors exempt because every store answers on each database, and stores stay behind their rooms' doors
import { CreateAlertRule } from '@nightjar/contract/platform';
import type { Channel } from '../../alerts/notifications/channel.ts';
import { channelStore } from '../../alerts/notifications/store.ts';
import type { Alert, AlertRule } from '../../alerts/rule.ts';
import { alertStore, ruleStore } from '../../alerts/store.ts';
import type { Camera } from '../../cameras/camera.ts';
import { cameraStore } from '../../cameras/store.ts';
import { type Delivery, outboxStore } from '../../events/outbox/store.ts';
import { webhookStore } from '../../events/webhooks/store.ts';
import type { Webhook } from '../../events/webhooks/webhook.ts';
import type { Layout } from '../../layouts/layout.ts';
import { layoutStore } from '../../layouts/store.ts';
import { type PushRow, pushStore } from '../../streams/pushes/store.ts';
import { at, byId, ODD, type Tour } from './step.ts';

const made = { createdAt: at(1), updatedAt: at(1) };
const rule = (id: string): AlertRule => ({
  ...{ id, owner: 'person:p1', ...made },
  settings: CreateAlertRule.parse({ name: ODD, kind: 'camera_offline' }),
});
const alert = (id: string, second: number, rest: Partial<Alert> = {}): Alert => ({
  ...{ id, ruleId: 'r1', ruleName: ODD, kind: 'camera_offline', severity: 'warning', cameraId: 'Yard' },
  ...{ cameraName: ODD, message: ODD, openedAt: at(second), resolvedAt: null, acknowledgedAt: null },
  ...{ acknowledgedBy: null, notifiedAt: null, escalated: 0 },
  ...rest,
});
const camera = (id: string, serialNumber: string): Camera => ({
  ...{ id, name: ODD, serialNumber, location: ODD, description: null },
  ...made,
});
const layout = (id: string, name: string, shared = false): Layout => ({
  ...{ id, name, shared, owner: { kind: 'person', id: 'p1' }, columns: 2 },
  ...{ tiles: [{ camera_id: ODD, stream_id: null, x: 0, y: 0, w: 1, h: 1 }] },
  ...made,
});
const channel = (id: string): Channel => ({
  ...{ id, name: ODD, kind: 'webhook', enabled: true, sealed: ODD, owner: 'person:p1' },
  ...made,
});
const to = { topic: 'channel', target: 'c1' };
const delivery = (id: string, second: number, rest: Partial<Delivery> = {}): Delivery => ({
  ...{ id, ...to, payload: JSON.stringify({ id, text: ODD }), state: 'pending', attempts: 0 },
  ...{ nextAt: at(second), createdAt: at(second), deliveredAt: null, detail: null },
  ...rest,
});
const push = (id: string): PushRow => ({
  ...{ id, stream_id: 'Yard', url_shown: 'rtmp://h/***', target_sealed: ODD, enabled: 1, created_at: at(1) },
  tls_pinned: null,
});
const webhook = (id: string): Webhook => ({
  ...{
    id,
    owner: 'api_client:c1',
    urlShown: 'https://h/***',
    sealed: ODD,
    events: ['bookmark.ready'],
    description: ODD,
  },
  ...{ enabled: true, disabledReason: null },
  ...made,
});

/** What people arrange, and how they are told. */
export const arrangements: Tour = {
  cameras: [
    (sql) => cameraStore.insert(sql, camera('Yard', 'SN-1')),
    (sql) => cameraStore.insert(sql, camera('porch', 'sn-1')),
    (sql) => cameraStore.update(sql, { ...camera('porch', 'sn-2'), name: 'x', description: ODD }),
    (sql) => cameraStore.find(sql, 'serial_number', 'SN-1'),
    (sql) => cameraStore.find(sql, 'serial_number', 'Sn-1'),
    (sql) => cameraStore.own(sql, 'Yard', 'Yard'),
    (sql) => cameraStore.own(sql, 'Yard', 'yard'),
    (sql) => cameraStore.streamsOf(sql, 'Yard'),
    async (sql) => [...(await cameraStore.owners(sql))].toSorted(),
    (sql) => cameraStore.all(sql).then(byId),
    (sql) => cameraStore.remove(sql, 'porch'),
    (sql) => cameraStore.find(sql, 'id', 'porch'),
  ],
  rules: [
    (sql) => ruleStore.insert(sql, rule('r1')),
    (sql) => ruleStore.insert(sql, rule('r2')),
    (sql) => ruleStore.update(sql, { ...rule('r2'), updatedAt: at(9) }),
    (sql) => ruleStore.find(sql, 'r2'),
    (sql) => ruleStore.all(sql).then(byId),
    (sql) => ruleStore.remove(sql, 'r2'),
    (sql) => ruleStore.find(sql, 'r2'),
  ],
  alerts: [
    (sql) => alertStore.insert(sql, alert('a1', 1)),
    (sql) => alertStore.insert(sql, alert('a2', 2)),
    (sql) => alertStore.insert(sql, alert('a3', 3, { cameraId: '' })),
    (sql) => alertStore.update(sql, alert('a1', 1, { resolvedAt: at(4), notifiedAt: at(2), escalated: 2 })),
    (sql) => alertStore.active(sql).then(byId),
    (sql) => alertStore.newest(sql, 2),
    (sql) => alertStore.lastOf(sql, 'r1', 'Yard'),
    (sql) => alertStore.lastOf(sql, 'r1', ''),
    (sql) => alertStore.find(sql, 'a1'),
    (sql) => alertStore.removeOlder(sql, at(60)),
    (sql) => alertStore.newest(sql, 10),
  ],
  layouts: [
    (sql) => layoutStore.insert(sql, layout('l1', 'Wall')),
    (sql) => layoutStore.insert(sql, layout('l2', 'wall', true)),
    (sql) => layoutStore.named(sql, { kind: 'person', id: 'p1' }, 'wall'),
    (sql) => layoutStore.named(sql, { kind: 'person', id: 'p1' }, 'WALL'),
    (sql) => layoutStore.known(sql, { kind: 'person', id: 'p2' }),
    (sql) => layoutStore.known(sql, { kind: 'person', id: 'p1' }),
    (sql) => layoutStore.count(sql, { kind: 'person', id: 'p1' }),
    (sql) => layoutStore.update(sql, layout('l2', ODD)),
    (sql) => layoutStore.find(sql, 'l2'),
    (sql) => layoutStore.remove(sql, 'l2'),
    (sql) => layoutStore.count(sql, { kind: 'person', id: 'p1' }),
  ],
  channels: [
    (sql) => channelStore.insert(sql, channel('c1')),
    (sql) => channelStore.insert(sql, channel('c2')),
    (sql) => channelStore.update(sql, { ...channel('c2'), enabled: false }),
    (sql) => channelStore.find(sql, 'c2'),
    (sql) => channelStore.remove(sql, 'c2'),
    (sql) => channelStore.all(sql),
  ],
  outbox: [
    (sql) => outboxStore.insert(sql, delivery('d1', 1)),
    (sql) => outboxStore.insert(sql, delivery('d2', 2)),
    (sql) => outboxStore.insert(sql, delivery('d3', 50, { target: 'c2' })),
    (sql) => outboxStore.due(sql, at(10), 10),
    (sql) => outboxStore.nextDue(sql),
    (sql) =>
      outboxStore.update(sql, delivery('d1', 1, { state: 'delivered', detail: ODD, deliveredAt: at(3) })),
    (sql) => outboxStore.find(sql, 'd1'),
    (sql) => outboxStore.page(sql, to, { limit: 1, offset: 1 }),
    (sql) => outboxStore.page(sql, { ...to, state: 'pending' }, { limit: 9, offset: 0 }),
    (sql) => outboxStore.waiting(sql, to),
    (sql) => outboxStore.removeAbout(sql, 'channel', '%'),
    (sql) => outboxStore.waiting(sql, to),
    (sql) => outboxStore.insert(sql, delivery('d4', 4)),
    (sql) => outboxStore.removeAbout(sql, 'channel', '"id":"d5"'),
    (sql) => outboxStore.removeOlder(sql, at(60)),
    (sql) => outboxStore.page(sql, to, { limit: 9, offset: 0 }),
    (sql) => outboxStore.removeOf(sql, to),
    (sql) => outboxStore.nextDue(sql),
  ],
  pushes: [
    (sql) => pushStore.insert(sql, push('p1')),
    (sql) => pushStore.insert(sql, push('p2')),
    (sql) => pushStore.enable(sql, 'p2', false),
    (sql) => pushStore.of(sql, 'Yard'),
    (sql) => pushStore.remove(sql, 'p1'),
    (sql) => pushStore.all(sql),
  ],
  webhooks: [
    (sql) => webhookStore.insert(sql, webhook('w1')),
    (sql) => webhookStore.insert(sql, webhook('w2')),
    (sql) => webhookStore.update(sql, { ...webhook('w2'), enabled: false, disabledReason: ODD }),
    (sql) => webhookStore.find(sql, 'w2'),
    (sql) => webhookStore.remove(sql, 'w1'),
    (sql) => webhookStore.all(sql),
  ],
};
