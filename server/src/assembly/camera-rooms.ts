import { type AccessRoom, forgetGrantsOf } from '../access/index.ts';
import { Imports } from '../cameras/imports/index.ts';
import { Adoption, Cameras, PublishKeys } from '../cameras/index.ts';
import type { Database } from '../database/index.ts';
import type { Events } from '../events/index.ts';
import { type Models, openModels } from '../inference/index.ts';
import type { CameraTargets, Vault } from '../kernel/index.ts';
import { Layouts } from '../layouts/index.ts';
import { Originals } from '../privacy/index.ts';
import { FootageSearch, type Recordings, SignedUrls } from '../recordings/index.ts';
import { type createSources, Streams } from '../streams/index.ts';
import type { Context, Keys } from './context.ts';

/** Streams, cameras and what hangs on them. */
export interface CameraRooms {
  models: Models;
  originals: Originals;
  streams: Streams;
  cameras: Cameras;
  publishKeys: PublishKeys;
  imports: Imports;
  layouts: Layouts;
  footageSearch: FootageSearch;
  signedUrls: SignedUrls;
}

/** Streams, and the cameras that people know them by. */
export function camerasRooms(
  context: Context,
  parts: {
    database: Database;
    recordings: Recordings;
    targets: CameraTargets;
    sources: ReturnType<typeof createSources>;
    events: Events;
    keys: Keys;
    vault: Vault;
    access: Pick<AccessRoom['access'], 'judgeOriginals'>;
    audit: AccessRoom['audit'];
  },
): CameraRooms {
  const { database, recordings, sources, events } = parts;
  const { machine, settings, bus } = context;
  const { clock, log } = machine;
  const judge = (streamId: string, grant: string) => parts.access.judgeOriginals(streamId, grant);
  const originals = new Originals({ ...parts, clock, log, judge });
  const models = openModels(context);
  const adoption = new Adoption();
  const streams = new Streams({
    database,
    clock,
    sources,
    segmentDuration: () => settings.config.recording.segment_duration,
    detector: (name, classes) => models.detector(name, classes),
    originalsKey: () => originals.key(),
    footagePending: (id) => recordings.footagePending(id),
    created: (sql, stream) => adoption.adopt(sql, stream),
    alsoRemoved: (sql, id) => adoption.release(sql, id),
    beforeRemove: async (sql, stream) => {
      await forgetGrantsOf(sql, stream.id);
      await recordings.streamRemoved(sql, stream.id, stream.recording.enabled);
    },
    changed: () => bus.emit('streams.changed', undefined),
    happened: (happening) => events.publish(happening),
  });
  const cameras = new Cameras({ database, clock, streams, adoption });
  const publishKeys = new PublishKeys(streams);
  bus.on('streams.changed', () => publishKeys.changed());
  return {
    models,
    originals,
    streams,
    cameras,
    imports: new Imports({ cameras, targets: parts.targets }),
    publishKeys,
    layouts: new Layouts({ database, clock }),
    footageSearch: new FootageSearch({ database }),
    signedUrls: new SignedUrls({ clock, key: parts.keys.tokens }),
  };
}
