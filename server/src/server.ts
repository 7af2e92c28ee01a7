import type { LookupAddress } from 'node:dns';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineSocketPath, linkKeyPath } from '@nightjar/contract/link';
import { surroundingsOf } from '@nightjar/contract/outbound';
import { Access, OneTimeTickets, Sessions } from './access/index.ts';
import { type Database, openDatabase } from './database/index.ts';
import { EngineLink, type FactSink } from './engine-link/index.ts';
import { Events, eventOf, figuresOf } from './events/index.ts';
import { Housekeeping } from './housekeeping.ts';
import {
  type App,
  type Bus,
  type Clock,
  createBus,
  createCameraTargets,
  createHttpApp,
  createShutdown,
  createVault,
  type Environment,
  isoNow,
  keyFile,
  type Log,
  type Settings,
  type Shutdown,
} from './kernel/index.ts';
import { Readiness } from './readiness.ts';
import { Recordings } from './recordings/index.ts';
import { createSources, Streams } from './streams/index.ts';
import { liveSurface } from './surfaces/live/index.ts';
import { EventSockets, managerError, managerSurface } from './surfaces/manager/index.ts';
import { platformError, platformSurface } from './surfaces/platform/index.ts';
import { docsRoutes, webPage } from './surfaces/web/index.ts';
import { System } from './system/index.ts';

/** What the program takes from the machine it runs on. */
export interface Machine {
  clock: Clock;
  log: Log;
  /** One line for the person who started it. */
  print: (line: string) => void;
  lookup: (name: string) => Promise<LookupAddress[]>;
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  version: string;
}

/** News between the rooms. */
interface News {
  /** What the engine is to converge on is another. */
  'streams.changed': undefined;
  /** The engine has said who it is. */
  'engine.here': { rtspPort: number };
}

/** The control process, put together; nothing listens before `listen`. */
export interface Server {
  app: App;
  /** Opens the listener and the link; settles with the HTTP port. */
  listen(): Promise<number>;
  /** Within 5 s; idempotent. */
  close(): Promise<void>;
}

const DRAIN_MS = 4_500;
const WEB_DIST = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** What every part is put together from. */
interface Context {
  machine: Machine;
  environment: Environment;
  settings: Settings;
  shutdown: Shutdown;
  bus: Bus<News>;
}

/** Each seals or signs one kind of thing. */
interface Keys {
  /** Cameras' credentials at rest. */
  secrets: Buffer;
  /** People's access tokens. */
  tokens: Buffer;
  /** Shared with the engine. */
  link: Buffer;
}

/** Rooms with state, lowest first. */
interface Rooms {
  database: Database;
  access: Access;
  sessions: Sessions;
  recordings: Recordings;
  streams: Streams;
  system: System;
  events: Events;
}

async function openRooms(context: Context, keys: Keys): Promise<Rooms> {
  const { machine, environment, settings, shutdown, bus } = context;
  const { clock, log, version } = machine;
  const database = openDatabase({ path: join(environment.dataDir, 'nightjar.db'), now: isoNow(clock) });
  shutdown.add('database', () => database.close());

  const events = await Events.open({ database, clock, log });
  const { adminToken, adminPassword } = environment;
  const sessions = new Sessions({ database, clock, log, key: keys.tokens });
  const access = new Access({ database, clock, adminToken, adminPassword, sessions });
  const recordings = new Recordings({
    database,
    clock,
    log,
    happened: (happening) => events.publish(happening),
  });
  const targets = createCameraTargets({
    policy: () => settings.config.network,
    surroundings: () => surroundingsOf(machine.interfaces()),
    lookup: machine.lookup,
  });
  const streams = new Streams({
    database,
    clock,
    sources: createSources({ vault: createVault(keys.secrets), targets }),
    segmentDuration: () => settings.config.recording.segment_duration,
    footagePending: (id) => recordings.footagePending(id),
    beforeRemove: (sql, stream) => recordings.streamRemoved(sql, stream.id, stream.recording.enabled),
    changed: () => bus.emit('streams.changed', undefined),
    happened: (happening) => events.publish(happening),
  });
  const system = new System({ clock, log, version });
  shutdown.add('system', () => system.close());
  return { database, access, sessions, recordings, streams, system, events };
}

/** Tells stored facts as events; last of the sinks, for it asks the others. */
function eventSink({ events, recordings, streams }: Rooms): FactSink {
  return {
    store: async () => undefined,
    observe(fact) {
      const happening = eventOf(fact, {
        currentFile: (id) => recordings.activity(id)?.filename,
        paused: (id) => streams.recordingPaused(id),
        isNews: (each) => recordings.isNews(each),
      });
      if (happening) events.publish(happening);
    },
  };
}

function openLink(context: Context, rooms: Rooms, linkKey: Buffer): EngineLink {
  const { machine, environment, settings, shutdown, bus } = context;
  const { access, streams, recordings, database, events } = rooms;
  const { clock, log } = machine;
  const link = new EngineLink({
    socketPath: engineSocketPath(environment.dataDir),
    key: linkKey,
    database,
    clock,
    log,
    sinks: [streams, recordings, eventSink(rooms)],
    desired: async () => {
      const { network, recording } = settings.config;
      return { streams: await streams.desired(), outbound: network, base_path: recording.base_path };
    },
    onHello: (hello) => {
      streams.engineHello(hello.streams);
      recordings.engineAway();
      bus.emit('engine.here', { rtspPort: hello.ports.rtsp });
      events.publish({ type: 'system.engine_here' });
    },
    mayWatch: async (_streamId, token) => {
      const principal = await access.authenticate(token);
      return principal?.scopes.includes('streams:read') === true;
    },
    onSamples: (samples) => {
      streams.engineSamples(samples);
      for (const sample of samples) events.figures(figuresOf(sample));
    },
    onAway: () => {
      streams.engineAway();
      recordings.engineAway();
      events.publish({ type: 'system.engine_away' });
    },
  });
  const housekeeping = new Housekeeping({
    clock,
    log,
    streams,
    recordings,
    link,
    retentionDays: () => settings.config.recording.retention_days,
  });
  bus.on('streams.changed', () => link.desiredChanged());
  bus.on('streams.changed', () => housekeeping.streamsChanged());
  bus.on('engine.here', () => housekeeping.engineHere());
  settings.onReload((keys) => {
    log.info({ keys }, 'the configuration was reloaded');
    bus.emit('streams.changed', undefined);
    housekeeping.retentionChanged();
    events.publish({ type: 'system.config_reloaded', keys: [...keys] });
  });
  // Last opened is closed first: the link's end ends what housekeeping waits for.
  shutdown.add('housekeeping', () => housekeeping.close());
  shutdown.add('engine link', () => link.close());
  return link;
}

async function openHttp(context: Context, rooms: Rooms, keys: Keys, link: EngineLink): Promise<App> {
  const { machine, environment, settings, shutdown } = context;
  const { clock, log, version } = machine;
  const { access, sessions, streams, recordings, system } = rooms;
  const app = await createHttpApp({
    log,
    clock,
    version,
    authenticate: (credential) => access.authenticate(credential),
    limits: () => settings.config.limits,
    dialects: [
      { prefix: '/api/v1/', body: platformError },
      { prefix: '/', body: managerError },
    ],
    fallback: webPage(WEB_DIST),
  });
  shutdown.add('http', () => app.close());
  const tickets = new OneTimeTickets(clock);
  const sockets = new EventSockets({
    events: rooms.events,
    clock,
    log,
    tickets,
    authenticate: (credential) => access.authenticate(credential),
    limits: () => settings.config.limits,
  });
  sockets.attach(app.server);
  // Before the listener, which waits for them.
  shutdown.add('event sockets', () => sockets.close());
  managerSurface(app, {
    streams,
    recordings,
    system,
    settings,
    dataDir: environment.dataDir,
    engineConnected: () => link.connected,
    tickets,
    eventSockets: () => sockets.count,
  });
  platformSurface(app, { sessions });
  liveSurface(app, { socketPath: engineSocketPath(environment.dataDir), key: keys.link, clock });
  docsRoutes(app);
  return app;
}

/** Puts the program together, lowest first. */
export async function createServer(
  machine: Machine,
  environment: Environment,
  settings: Settings,
): Promise<Server> {
  const { log, print } = machine;
  const { dataDir, printSignIn } = environment;
  const { server, recording } = settings.config;
  const { host, port } = server;
  const shutdown = createShutdown(log);
  const bus = createBus<News>((error) => log.error({ err: error }, 'a listener failed'));
  const context: Context = { machine, environment, settings, shutdown, bus };

  const keys: Keys = {
    secrets: await keyFile(join(dataDir, 'keys', 'secrets.key'), 32),
    tokens: await keyFile(join(dataDir, 'keys', 'tokens.key'), 32),
    link: await keyFile(linkKeyPath(dataDir), 32),
  };
  await mkdir(recording.base_path, { recursive: true });
  const rooms = await openRooms(context, keys);
  const readiness = new Readiness({
    dataDir,
    host,
    signIn: () => rooms.access.signIn(printSignIn),
    print,
    log,
  });
  shutdown.add('readiness', () => readiness.close());
  const link = openLink(context, rooms, keys.link);
  const app = await openHttp(context, rooms, keys, link);
  const httpPort = (): number => (app.server.address() as AddressInfo).port;
  bus.on('engine.here', ({ rtspPort }) => void readiness.serving({ http: httpPort(), rtsp: rtspPort }));

  return {
    app,
    async listen() {
      await app.listen({ host, port: environment.ports.http ?? port });
      link.start();
      return httpPort();
    },
    close: () => shutdown.run(DRAIN_MS),
  };
}
