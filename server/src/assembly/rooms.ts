import { join } from 'node:path';
import { surroundingsOf } from '@nightjar/contract/outbound';
import { type AccessRoom, openAccess } from '../access/index.ts';
import { type CameraHappening, DeviceEvents, Devices, Places } from '../cameras/onvif/index.ts';
import { type Database, openConfigured, resealAll } from '../database/index.ts';
import { Events } from '../events/index.ts';
import {
  type CameraTargets,
  createCameraHttp,
  createCameraTargets,
  createVault,
  isoNow,
  type Secret,
  type Settings,
  type Vault,
} from '../kernel/index.ts';
import { ClockSteps, Recordings } from '../recordings/index.ts';
import type { Tiers } from '../recordings/tiers/index.ts';
import { createSources, type Streams } from '../streams/index.ts';
import { Pushes } from '../streams/pushes/index.ts';
import { Viewers } from '../streams/viewers/index.ts';
import { Backups } from '../system/backup/index.ts';
import { System } from '../system/index.ts';
import { type AlertRooms, openAlerts } from './alert-rooms.ts';
import { type CameraRooms, camerasRooms } from './camera-rooms.ts';
import { type CaptureRooms, openCaptures } from './capture-rooms.ts';
import type { Context, Keys } from './context.ts';
import { openTiers } from './tier-room.ts';

export type { Context, Keys, Machine, News } from './context.ts';

/** Rooms with state, lowest first. */
export interface Rooms extends AccessRoom, CameraRooms, CaptureRooms, AlertRooms {
  database: Database;
  recordings: Recordings;
  tiers: Tiers;
  clockSteps: ClockSteps;
  viewers: Viewers;
  devices: Devices;
  pushes: Pushes;
  system: System;
  events: Events;
  backups: Backups;
  /** Which addresses may be cameras. */
  targets: CameraTargets;
  sources: ReturnType<typeof createSources>;
}

/** What decides which addresses may be reached. */
function outboundOf({ machine, settings }: Context) {
  return {
    policy: () => settings.config.network,
    surroundings: () => surroundingsOf(machine.interfaces()),
    lookup: machine.lookup,
  };
}

/** The identity provider of the configuration, with the secret of the environment. */
function oidcOf(oidc: Settings['config']['oidc'], clientSecret: Secret | undefined) {
  if (oidc.issuer === null || oidc.client_id === null) return undefined;
  const roles = Object.entries(oidc.roles).map(([group, role]) => ({ group, role }));
  return {
    issuer: oidc.issuer,
    clientId: oidc.client_id,
    clientSecret,
    name: oidc.name,
    scopes: oidc.scopes,
    groupsClaim: oidc.groups_claim,
    roles,
    defaultRole: oidc.default_role,
  };
}

function accessRoom(
  { machine, environment, settings, shutdown, siblings }: Context,
  parts: { keys: Keys; database: Database; vault: Vault },
): AccessRoom {
  const { clock, log } = machine;
  const { adminToken, adminPassword } = environment;
  const room = openAccess({
    ...parts,
    clock,
    log,
    adminToken,
    adminPassword,
    guessed: (whose, { name, place }) => {
      const { address, known, device } = place;
      // What proves a device stays here.
      if (device === undefined) siblings.tell({ kind: 'guess', whose, name, place: { address, known } });
    },
    auditDays: () => settings.config.audit.retention_days,
    oidc: () => oidcOf(settings.config.oidc, environment.oidcSecret),
  });
  shutdown.add('audit log', () => room.audit.close());
  return room;
}

/** Devices are listened to from the start, and as streams come and go. */
function devicesRoom(
  context: Context,
  parts: {
    database: Database;
    vault: Vault;
    sourceOf: (id: string) => Promise<{ url: string; username?: string; password?: string }>;
    happened: (happening: CameraHappening) => void;
  },
): Devices {
  const { machine, shutdown, bus } = context;
  const { clock, log } = machine;
  const { happened } = parts;
  const http = createCameraHttp(outboundOf(context));
  const places = new Places({ ...parts, clock });
  const events = new DeviceEvents({ clock, log, http, places, happened });
  const converge = (): void => {
    events.converge().catch((error: unknown) => log.error({ err: error }, 'cameras cannot be listened to'));
  };
  bus.on('streams.changed', converge);
  converge();
  shutdown.add('camera events', () => events.close());
  return new Devices({ clock, http, places, events });
}

function openState({ machine, environment, settings }: Context): Promise<Database> {
  const { clock, log } = machine;
  const { dataDir, databasePassword: password } = environment;
  return openConfigured({ dataDir, settings: settings.config.database, password, now: isoNow(clock), log });
}

/** What happens here is told to the other servers as well. */
function eventsRoom({ machine, siblings }: Context, database: Database): Promise<Events> {
  const { clock, log } = machine;
  return Events.open({ database, clock, log, abroad: (event) => siblings.tell({ kind: 'event', event }) });
}

/** Streams on their way to servers outside. */
function pushesRoom(
  context: Context,
  { database, vault, streams }: { database: Database; vault: Vault; streams: Streams },
): Pushes {
  const { machine, bus } = context;
  return new Pushes({
    ...{ database, clock: machine.clock, vault, outbound: outboundOf(context) },
    mustBeStream: (id) => streams.get(id),
    changed: () => bus.emit('streams.changed', undefined),
  });
}

/** Copies of the state, and the way back. */
function backupsRoom(
  { machine, environment, settings, shutdown, bus }: Context,
  { database, sources }: { database: Database; sources: ReturnType<typeof createSources> },
): Backups {
  const backups = new Backups({
    database,
    settings,
    ...machine,
    scratch: join(environment.dataDir, 'scratch'),
    openable: ({ id, source_shown, source_sealed }) =>
      void sources.open(id, { shown: source_shown, sealed: source_sealed }),
    restored: () => bus.emit('state.restored', undefined),
  });
  shutdown.add('backups', () => backups.close());
  return backups;
}

/** Opens the rooms that have state; what must be closed is told to the shutdown. */
export async function openRooms(context: Context, keys: Keys): Promise<Rooms> {
  const { machine, shutdown } = context;
  const { clock, log, version } = machine;
  const database = await openState(context);
  shutdown.add('database', () => database.close());

  const events = await eventsRoom(context, database);
  const vault = createVault(keys.secrets, keys.olderSecrets);
  const resealed = await resealAll(database, vault);
  if (resealed > 0) log.info({ secrets: resealed }, 'secrets are sealed with the new key');
  const access = accessRoom(context, { keys, database, vault });
  const recordings = new Recordings({
    database,
    clock,
    log,
    happened: (happening) => events.publish(happening),
  });
  const outbound = outboundOf(context);
  const targets = createCameraTargets(outbound);
  const sources = createSources({ vault, targets, files: () => context.settings.config.network.files_path });
  const known = { database, recordings, targets, sources, events, keys, vault };
  const footage = camerasRooms(context, { ...known, ...access });
  const { streams } = footage;
  const devices = devicesRoom(context, {
    database,
    vault,
    sourceOf: async (id) => sources.open(id, (await streams.get(id)).stream.source),
    happened: (happening) => events.publish(happening),
  });
  const pushes = pushesRoom(context, { database, vault, streams });
  const system = new System({ clock, log, version });
  shutdown.add('system', () => system.close());
  const clockSteps = new ClockSteps(clock);
  const tiers = openTiers(context, { database, events, system, clockSteps });
  const backups = backupsRoom(context, { database, sources });
  const captures = await openCaptures(context, { database, events, streams, recordings, key: keys.link });
  const alerting = await openAlerts(context, { ...access, ...footage, ...known, system }, outbound);
  return {
    ...access,
    ...alerting,
    ...captures,
    ...footage,
    targets,
    sources,
    database,
    recordings,
    tiers,
    clockSteps,
    devices,
    pushes,
    viewers: new Viewers(),
    system,
    events,
    backups,
  };
}
