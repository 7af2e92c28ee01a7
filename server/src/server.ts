import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Server as TlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { engineSocketPath, type Hello, linkKeyPath } from '@nightjar/contract/link';
import { outcomeOf } from './access/audit/index.ts';
import type { Access } from './access/index.ts';
import { desiredOf } from './assembly/desired.ts';
import { DIALECTS } from './assembly/dialects.ts';
import { eventSink, keepDetections, openEventSockets, recordAroundEvents } from './assembly/event-sink.ts';
import { Housekeeping } from './assembly/housekeeping.ts';
import { mediaSurfaces, openLiveSockets } from './assembly/media-surfaces.ts';
import { meetSiblings, openSiblingsOf } from './assembly/meet-siblings.ts';
import { openOwnPort, openPrivacy } from './assembly/privacy-service.ts';
import { Readiness } from './assembly/readiness.ts';
import { type Context, type Keys, type Machine, type News, openRooms, type Rooms } from './assembly/rooms.ts';
import { Probe } from './cameras/probe/index.ts';
import { EngineLink } from './engine-link/index.ts';
import { figuresOf } from './events/index.ts';
import {
  type App,
  createBus,
  createHttpApp,
  createShutdown,
  type Environment,
  keyFile,
  olderKeys,
  type Settings,
} from './kernel/index.ts';
import { keepAddresses, otherAddress } from './privacy/index.ts';
import type { LiveWays } from './surfaces/live/index.ts';
import { managerSurface } from './surfaces/manager/index.ts';
import { partnerSurface } from './surfaces/partner/index.ts';
import { type MediaPorts, platformSurface } from './surfaces/platform/index.ts';
import type { OwnPort } from './surfaces/privacy/index.ts';
import { docsRoutes, webPage } from './surfaces/web/index.ts';
import { ConfigHistory } from './system/config-history/index.ts';
import { type Certificates, openTls } from './system/tls/index.ts';

/** The control process, put together; nothing listens before `listen`. */
export interface Server {
  app: App;
  /** Who may come in. */
  access: Access;
  /** Opens the listener and the link; settles with the HTTP port. */
  listen(): Promise<number>;
  /** Within 5 s; idempotent. */
  close(): Promise<void>;
}

const DRAIN_MS = 4_500;
const WEB_DIST = fileURLToPath(new URL('../../web/dist', import.meta.url));

function openLink(
  context: Context,
  rooms: Rooms,
  { linkKey, certificates }: { linkKey: Buffer; certificates: Certificates | undefined },
): EngineLink {
  const { machine, environment, settings, shutdown, bus } = context;
  const { access, streams, recordings, database, events } = rooms;
  const { clock, log } = machine;
  const link = new EngineLink({
    socketPath: engineSocketPath(environment.dataDir),
    key: linkKey,
    database,
    clock,
    log,
    sinks: [streams, recordings, rooms.viewers, rooms.pushes, eventSink(rooms)],
    desired: () => desiredOf(context, rooms, certificates),
    onHello: async (hello) => {
      await believe(rooms, hello);
      bus.emit('engine.here', hello.ports);
      events.publish({ type: 'system.engine_here' });
    },
    mayWatch: (streamId, proof) => access.mayWatch(streamId, proof),
    unseal: ({ stream_id: streamId, filename, key_id: keyId, ephemeral, grant }) =>
      rooms.originals.open({ streamId, filename, keyId, ephemeral }, grant),
    where: ({ streamId, from, to }) => rooms.tiers.where(streamId, from, to),
    onViewers: (samples) => rooms.viewers.engineSamples(samples),
    onObjects: ({ stream_id, at, objects }) =>
      events.figures({ type: 'detection.boxes', stream_id, objects, timestamp: at }),
    onSamples: (samples) => {
      streams.engineSamples(samples);
      for (const sample of samples) events.figures(figuresOf(sample));
    },
    onAway: () => {
      for (const room of [streams, rooms.viewers, rooms.pushes, recordings]) room.engineAway();
      events.publish({ type: 'system.engine_away' });
    },
  });
  rooms.tiers.engine = link;
  recordAroundEvents(context, rooms, link);
  keepDetections(context, rooms);
  const housekeeping = openHousekeeping(context, rooms, link);
  bus.on('streams.changed', () => link.desiredChanged());
  bus.on('streams.changed', () => housekeeping.streamsChanged());
  bus.on('engine.here', () => housekeeping.engineHere());
  bus.on('state.restored', () => {
    bus.emit('streams.changed', undefined);
    if (link.connected) housekeeping.engineHere();
    events.publish({ type: 'system.state_restored' });
  });
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

/** What the engine says of itself as it comes replaces all that was believed. */
async function believe({ streams, recordings, viewers, pushes }: Rooms, hello: Hello): Promise<void> {
  await recordings.engineComes((await streams.list()).map(({ stream }) => stream.id));
  streams.engineHello(hello.streams);
  viewers.engineHello(hello.viewers ?? []);
  pushes.engineHello(hello.pushes ?? []);
  recordings.engineAway();
}

function openHousekeeping({ machine, settings }: Context, rooms: Rooms, link: EngineLink): Housekeeping {
  const { clock, log } = machine;
  const { streams, recordings, system } = rooms;
  return new Housekeeping({
    clock,
    clockSteps: rooms.clockSteps,
    log,
    streams,
    recordings,
    link,
    retentionDays: () => settings.config.recording.retention_days,
    limits: () => {
      const { max_bytes: maxBytes, min_free_bytes: minFreeBytes } = settings.config.recording;
      return { maxBytes, minFreeBytes };
    },
    tierLimits: () => rooms.tiers.limits(),
    freeBytes: () => system.freeBytes(settings.config.recording.base_path),
  });
}

/** HTTPS; browsers may insist on it where others vouch for the certificate. */
const secured = (certificates: Certificates) => ({
  tls: certificates.current,
  strictTransport: () => certificates.fingerprint === undefined,
});

/** Cameras are looked at by the engine. */
const probeBy = (link: EngineLink, { sources }: Rooms): Probe =>
  new Probe({
    read: (url) => sources.read(url),
    look: (source) => link.probe(source),
    engineConnected: () => link.connected,
  });

async function openHttp(
  context: Context,
  rooms: Rooms,
  keys: Keys,
  link: EngineLink,
  certificates: Certificates | undefined,
): Promise<{ app: App; ownPort: OwnPort }> {
  const { machine, environment, settings, shutdown } = context;
  const { clock, log, version } = machine;
  const { access, audit } = rooms;
  const ownPort = openOwnPort(context, (request, response) => app.routing(request, response));
  const app: App = await createHttpApp({
    log,
    clock,
    version,
    ...(certificates ? secured(certificates) : {}),
    authenticate: async (credential) =>
      ownPort.principalOf(credential) ?? (await access.authenticate(credential)),
    redeem: (ticket) => access.redeem(ticket),
    reopen: async (principal) =>
      ownPort.owns(principal) ? principal : access.principalOf({ session: undefined, ...principal }),
    csrfMatches: (principal, token) => access.csrfMatches(principal, token),
    counts: context.siblings,
    attempted: ({ status, ...attempt }) => {
      audit.note({ ...attempt, outcome: outcomeOf(status) });
      // Whatever was changed may have been somebody's right.
      if (status < 400) context.bus.emit('access.changed', undefined);
    },
    limits: () => settings.config.limits,
    dialects: DIALECTS,
    trustedProxies: settings.config.server.trusted_proxies,
    fallback: webPage(WEB_DIST),
  });
  shutdown.add('http', () => app.close());
  certificates?.watch((pair) => {
    (app.server as unknown as TlsServer).setSecureContext(pair);
    link.desiredChanged();
  });
  const mustSee = otherAddress({ streams: rooms.streams, lookup: machine.lookup });
  keepAddresses(app, mustSee);
  const sockets = openEventSockets(app, context, rooms);
  managerSurface(app, {
    ...rooms,
    settings,
    configHistory: new ConfigHistory({ database: rooms.database, settings, clock }),
    dataDir: environment.dataDir,
    engineConnected: () => link.connected,
    engineLoopDelay: () => link.loopDelay,
    tickets: rooms.eventTickets,
    eventSockets: () => sockets.count,
    probe: probeBy(link, rooms),
  });
  const live = mediaSurfaces(app, context, rooms, { keys, mustSee });
  platformSurface(app, { ...rooms, ...platformParts(context, live, link) });
  partnerSurface(app, { ...rooms, ...rooms.access, clock, engine: live });
  openPrivacy(app, context, rooms);
  openLiveSockets(app, context, rooms, keys);
  docsRoutes(app);
  return { app, ownPort };
}

/** What S3 needs beside the rooms. */
function platformParts({ settings, bus }: Context, engine: LiveWays, link: EngineLink) {
  let ports: MediaPorts = { rtsp: 8554, rtmp: 1935 };
  bus.on('engine.here', ({ rtsp, rtmp = ports.rtmp }) => {
    ports = { rtsp, rtmp };
  });
  return { settings, engine, footage: link, engineConnected: () => link.connected, mediaPorts: () => ports };
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
  const keys: Keys = {
    secrets: await keyFile(join(dataDir, 'keys', 'secrets.key'), 32),
    olderSecrets: await olderKeys(join(dataDir, 'keys', 'secrets.key.old'), 32),
    tokens: await keyFile(join(dataDir, 'keys', 'tokens.key'), 32),
    link: await keyFile(linkKeyPath(dataDir), 32),
    audit: await keyFile(join(dataDir, 'keys', 'audit.key'), 32),
  };
  const siblings = openSiblingsOf({ machine, environment, settings, shutdown }, keys);
  const context: Context = { machine, environment, settings, shutdown, bus, siblings };
  await mkdir(recording.base_path, { recursive: true });
  const rooms = await openRooms(context, keys);
  const certificates = await openTls({
    ...machine,
    ...environment,
    settings,
    shutdown,
    addresses: () =>
      Object.values(machine.interfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
  });
  const readiness = new Readiness({
    dataDir,
    host,
    tls: certificates && { fingerprint: certificates.fingerprint },
    signIn: () => rooms.access.signIn(printSignIn),
    print,
    log,
  });
  shutdown.add('readiness', () => readiness.close());
  const link = openLink(context, rooms, { linkKey: keys.link, certificates });
  const { app, ownPort } = await openHttp(context, rooms, keys, link, certificates);
  const httpPort = (): number => (app.server.address() as AddressInfo).port;
  meetSiblings(context, rooms);
  bus.on('engine.here', (ports) => void readiness.serving({ http: httpPort(), ...ports }));

  return {
    app,
    access: rooms.access,
    async listen() {
      await app.listen({ host, port: environment.ports.http ?? port });
      await ownPort.listen();
      link.start();
      return httpPort();
    },
    close: () => shutdown.run(DRAIN_MS),
  };
}
