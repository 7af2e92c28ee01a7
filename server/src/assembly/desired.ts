import type { Certificates } from '../system/tls/index.ts';
import type { Context, Rooms } from './rooms.ts';
import { withinCameras } from './within-camera.ts';

/** What the engine is to converge on. */
export async function desiredOf(
  { settings }: Context,
  { streams, bookmarks, cameras, tiers, pushes }: Rooms,
  certificates: Certificates | undefined,
) {
  const {
    network: { files_path, ...outbound },
    recording,
    bookmarks: kept,
    publishing,
    surfaces,
  } = settings.config;
  const open = surfaces.privacy.port !== null && surfaces.privacy.auth === 'none';
  const wanted = await withinCameras(await streams.desired(open), cameras);
  const ids = wanted.map(({ id }) => id);
  const sent = await pushes.desired();
  return {
    streams: wanted.map((stream) => ({ ...stream, pushes: sent.get(stream.id) ?? [] })),
    outbound,
    ...(files_path === null ? {} : { files_path }),
    publisher_takeover: publishing.takeover,
    base_path: recording.base_path,
    preroll: bookmarks.preroll(ids, kept.preroll_seconds),
    ...tiers.desired(),
    ...(certificates ? { tls: certificates.current } : {}),
  };
}
