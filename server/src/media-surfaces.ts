import { engineSocketPath } from '@nightjar/contract/link';
import type { App } from './kernel/index.ts';
import type { Context, Keys, Rooms } from './rooms.ts';
import { LiveSockets, type LiveWays, liveSurface } from './surfaces/live/index.ts';
import { proxySurface } from './surfaces/proxy/index.ts';

/** Viewers' media over HTTP. */
export function mediaSurfaces(app: App, context: Context, rooms: Rooms, keys: Keys): LiveWays {
  const { machine, environment, settings } = context;
  const door = { socketPath: engineSocketPath(environment.dataDir), key: keys.link, clock: machine.clock };
  const live = liveSurface(app, {
    ...door,
    mediaTickets: rooms.mediaTickets,
    iceServers: environment.iceServers,
  });
  proxySurface(app, {
    ...door,
    targets: rooms.targets,
    limits: () => settings.config.limits,
    principalOf: (bearer) => rooms.access.principalOf(bearer),
    watchStream: live.pictures,
  });
  return live;
}

/** The WebSockets of viewers' media. */
export function openLiveSockets(app: App, context: Context, rooms: Rooms, keys: Keys): void {
  const { machine, environment, settings, shutdown } = context;
  const sockets = new LiveSockets({
    socketPath: engineSocketPath(environment.dataDir),
    key: keys.link,
    clock: machine.clock,
    log: machine.log,
    authenticate: (credential) => rooms.access.authenticate(credential),
    redeem: (ticket) => rooms.access.redeem(ticket),
    grantOf: (principal) => rooms.mediaTickets.grantOf(principal),
    limits: () => settings.config.limits,
  });
  sockets.attach(app.server);
  // Before the listener, which waits for them.
  shutdown.add('live sockets', async () => sockets.close());
}
