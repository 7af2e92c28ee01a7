import { join } from 'node:path';
import type { AccessRoom } from '../access/index.ts';
import { type AlertHappening, AlertRules, Alerts, AlertWatch } from '../alerts/index.ts';
import { Channels, pushPublicKey } from '../alerts/notifications/index.ts';
import type { Cameras } from '../cameras/index.ts';
import type { Database } from '../database/index.ts';
import type { Event, Events, Happening } from '../events/index.ts';
import { Outbox } from '../events/outbox/index.ts';
import { Webhooks } from '../events/webhooks/index.ts';
import {
  createServiceHttp,
  createServiceTargets,
  keyFile,
  type Principal,
  type Vault,
} from '../kernel/index.ts';
import type { Recordings } from '../recordings/index.ts';
import type { System } from '../system/index.ts';
import type { Context } from './context.ts';

/** Rooms that tell people and programs what happens. */
export interface AlertRooms {
  outbox: Outbox;
  channels: Channels;
  alertRules: AlertRules;
  alerts: Alerts;
  webhooks: Webhooks;
  /** What browsers subscribe with. */
  pushPublicKey: string;
}

interface Parts extends AccessRoom {
  database: Database;
  vault: Vault;
  cameras: Cameras;
  recordings: Recordings;
  system: System;
  events: Events;
}

/** Sign-ins that failed within some seconds. */
async function refusedSignIns({ audit, clock }: Parts, seconds: number): Promise<number> {
  const from = new Date(clock.utc() - seconds * 1000).toISOString();
  return (await audit.page({ action: 'sign_in', outcome: 'failed', from, limit: 1, offset: 0 })).total;
}

/** The principal of `kind:id`, as they stand now. */
function standing({ access }: Parts, owner: string): Promise<Principal | undefined> {
  const [kind, ...id] = owner.split(':');
  if (kind !== 'person' && kind !== 'api_client' && kind !== 'api_token') return Promise.resolve(undefined);
  return access.standing({ kind, id: id.join(':') });
}

const happeningOf = ({ what, alert_id, camera_id }: AlertHappening): Happening =>
  camera_id === null
    ? { type: `system.alert_${what}`, alert_id }
    : { type: `alert.${what}`, alert_id, stream_id: camera_id };

/** What begins: what cameras tell of, such as motion or a line that was crossed, and what a network finds. */
function detectionIn(event: Event) {
  if (event.type === 'detection.started')
    return { streamId: event.stream_id, topic: `object/${event.class}`, text: event.class };
  if (event.type !== 'camera.notice' || event.kind !== 'change') return undefined;
  const begins = Object.values(event.data).some((value) => /^(true|1|on)$/i.test(value));
  return begins ? { streamId: event.stream_id, topic: event.topic, text: event.topic } : undefined;
}

/** Opens them; the watch begins at once. */
export async function openAlerts(
  { machine, environment, settings, shutdown }: Context,
  parts: Parts,
  outbound: Parameters<typeof createServiceTargets>[0],
): Promise<AlertRooms> {
  const { clock, log } = machine;
  const { database, vault, events, cameras, recordings, system } = parts;
  const base = { database, clock, log };
  const targets = createServiceTargets(outbound);
  const pushKey = await keyFile(join(environment.dataDir, 'keys', 'push.key'), 32);
  const outbox = new Outbox(base);
  const tools = { http: createServiceHttp(targets), targets, clock, pushKey };
  const channels = new Channels({ database, clock, vault, outbox, tools });
  const hooks = { vault, outbox, ...tools, standing: (owner: string) => standing(parts, owner) };
  const webhooks = new Webhooks({ ...base, ...hooks });
  const alertRules = new AlertRules({ database, clock, channel: (viewer, id) => channels.get(viewer, id) });
  const alerts = new Alerts({
    ...base,
    notify: (ids, notification) => channels.notify(ids, notification),
    happened: (happening) => events.publish(happeningOf(happening)),
  });
  const watch = new AlertWatch({
    clock,
    log,
    rules: alertRules,
    alerts,
    cameras: () => cameras.list(),
    recordingOf: (id) => recordings.activity(id)?.state,
    disk: () => system.diskUsage(settings.config.recording.base_path),
    refusedSignIns: (seconds) => refusedSignIns(parts, seconds),
    standing: (owner) => standing(parts, owner),
  });
  const leave = events.listen((event) => {
    const detection = detectionIn(event);
    if (detection) watch.detected(detection);
  });
  shutdown.add('outbox', () => outbox.close());
  shutdown.add('webhooks', () => webhooks.close());
  shutdown.add('alerts', async () => {
    leave();
    await watch.close();
  });
  return { outbox, channels, alertRules, alerts, webhooks, pushPublicKey: pushPublicKey(pushKey) };
}
