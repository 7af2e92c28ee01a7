import type { RequestListener } from 'node:http';
import type { App } from '../kernel/index.ts';
import { Outputs, Privacy } from '../privacy/index.ts';
import { OwnPort, privacySurface } from '../surfaces/privacy/index.ts';
import type { Context, Rooms } from './rooms.ts';

/** S5's port of its own; `serve` answers as the program's listener does. */
export function openOwnPort({ settings, shutdown }: Context, serve: RequestListener): OwnPort {
  const { server, surfaces } = settings.config;
  const port = new OwnPort({ config: surfaces.privacy, host: server.host, serve });
  shutdown.add('privacy port', () => port.close());
  return port;
}

/** S5 over the rooms. */
export function openPrivacy(
  app: App,
  { machine, bus, settings }: Context,
  { streams, recordings, pushes }: Rooms,
): void {
  const { clock, interfaces } = machine;
  let rtsp: number | undefined;
  bus.on('engine.here', (ports) => {
    rtsp = ports.rtsp;
  });
  const privacy = new Privacy({
    streams,
    clock,
    outputs: new Outputs({ pushes, settings: () => settings.config.surfaces.privacy }),
    gone: async (id) => !(await recordings.footagePending(id)),
  });
  const addresses = (): string[] =>
    Object.values(interfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  privacySurface(app, { privacy, streams, clock, listener: { port: () => rtsp, addresses } });
}
