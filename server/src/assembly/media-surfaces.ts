import { engineSocketPath } from '@nightjar/contract/link';
import { RelayLine } from '../engine-link/index.ts';
import { type App, clientAddresses } from '../kernel/index.ts';
import type { OtherAddress } from '../privacy/index.ts';
import { LiveSockets, type LiveWays, liveSurface } from '../surfaces/live/index.ts';
import { proxySurface } from '../surfaces/proxy/index.ts';
import type { Context, Keys, Rooms } from './rooms.ts';

/** Viewers' media over HTTP. */
export function mediaSurfaces(
  app: App,
  context: Context,
  rooms: Rooms,
  { keys, mustSee }: { keys: Keys; mustSee: OtherAddress },
): LiveWays {
  const { machine, environment, settings, siblings } = context;
  const door = { socketPath: engineSocketPath(environment.dataDir), key: keys.link, clock: machine.clock };
  const live = liveSurface(app, {
    ...door,
    relay: openRelay(context, keys),
    mediaTickets: rooms.mediaTickets,
    iceServers: environment.iceServers,
  });
  proxySurface(app, {
    ...door,
    targets: rooms.targets,
    mustSee,
    counts: siblings,
    limits: () => settings.config.limits,
    principalOf: (bearer) => rooms.access.principalOf(bearer),
    watchStream: live.pictures,
  });
  return live;
}

/** Closed before the listener, which waits for its viewers. */
function openRelay({ machine, environment, shutdown }: Context, keys: Keys): RelayLine {
  const { clock, log } = machine;
  const socketPath = engineSocketPath(environment.dataDir);
  const relay = new RelayLine({ socketPath, key: keys.link, clock, log });
  shutdown.add('relay', async () => relay.close());
  return relay;
}

/** The WebSockets of viewers' media. */
export function openLiveSockets(app: App, context: Context, rooms: Rooms, keys: Keys): void {
  const { machine, settings, shutdown } = context;
  const sockets = new LiveSockets({
    relay: openRelay(context, keys),
    key: keys.link,
    clock: machine.clock,
    log: machine.log,
    authenticate: (credential) => rooms.access.authenticate(credential),
    redeem: (ticket) => rooms.access.redeem(ticket),
    addressOf: clientAddresses(settings.config.server.trusted_proxies),
    grantOf: (principal, streamId) => rooms.mediaTickets.grantOf(principal, streamId),
    limits: () => settings.config.limits,
  });
  sockets.attach(app.server);
  // Before the listener, which waits for them.
  shutdown.add('live sockets', async () => sockets.close());
}
