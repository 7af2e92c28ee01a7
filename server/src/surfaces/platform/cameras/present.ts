import type { StreamState } from '@nightjar/contract';
import type { Camera, CameraStatus } from '@nightjar/contract/platform';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type CameraView, isActive } from '../../../cameras/index.ts';
import { sees } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import type { PlatformRooms } from '../rooms.ts';
import { basesOf } from '../streaming/addresses.ts';

/** The one state machine in S3's words. */
const WORDS: Readonly<Record<StreamState, z.infer<typeof CameraStatus>>> = {
  stopped: 'offline',
  connecting: 'offline',
  ready: 'offline',
  live: 'online',
  reconnecting: 'offline',
  failed: 'error',
};

/** The state of a camera is that of what is shown of it, or of what is pushed meanwhile. */
export function statusOf({ main, streams }: CameraView): z.infer<typeof CameraStatus> {
  return streams.some(({ state }) => state === 'live') ? 'online' : WORDS[main.state];
}

/** Whether and what of a camera is recorded at this moment. */
export function recordingStatusOf({ main }: CameraView, rooms: Pick<PlatformRooms, 'recordings'>) {
  const { id, running, recording, session } = main.stream;
  if (!recording.enabled || !running) return 'stopped' as const;
  if (session.paused) return 'paused' as const;
  const state = rooms.recordings.activity(id)?.state;
  return state === undefined || state === 'stopped' ? ('waiting' as const) : state;
}

function qualityOf({ metrics, tracks }: StreamView): Camera['quality'] {
  const video = tracks.find((track) => track.width && track.height);
  return {
    fps: metrics?.framerate.current ?? null,
    bitrate: metrics?.bitrate.current ?? null,
    dropped_frames: metrics?.framerate.dropped ?? null,
    resolution: video ? `${video.width}x${video.height}` : null,
  };
}

async function lastErrorOf(view: CameraView, { streams }: PlatformRooms): Promise<Camera['last_error']> {
  if (statusOf(view) === 'online') return null;
  const [newest] = await streams.errors(view.main.stream.id);
  return newest ? { code: newest.fault, message: newest.message, at: newest.at } : null;
}

const streamOf = ({ stream, state }: StreamView): Camera['streams'][number] => ({
  id: stream.id,
  kind: stream.source.shown === 'publish:' ? 'publish' : 'pull',
  source_url: stream.source.shown,
  status: WORDS[state],
  state,
});

/** Where a camera is pushed to; null for who may not know, and for one that has no such stream. */
export async function rtmpUrlOf(
  request: FastifyRequest,
  view: CameraView,
  rooms: PlatformRooms,
): Promise<string | null> {
  if (!sees(request.principal, 'cameras:write', view.camera.id)) return null;
  const key = await rooms.cameras.publishKey(view);
  if (key === undefined) return null;
  return `${basesOf(request, rooms.mediaPorts(), rooms.settings.config.platform).rtmp}/${key}`;
}

/** A camera as S3 shows it to who asks. */
export async function cameraOf(
  request: FastifyRequest,
  view: CameraView,
  rooms: PlatformRooms,
): Promise<Camera> {
  const { camera, main, streams } = view;
  const lastSeen = streams.flatMap(({ stream }) => stream.lastConnectedAt ?? []);
  return {
    id: camera.id,
    name: camera.name,
    serial_number: camera.serialNumber,
    location: camera.location,
    description: camera.description,
    status: statusOf(view),
    is_active: isActive(view),
    recording: main.stream.recording.enabled,
    recording_status: recordingStatusOf(view, rooms),
    rtmp_url: await rtmpUrlOf(request, view, rooms),
    stream_id: main.stream.id,
    streams: streams.map(streamOf),
    quality: qualityOf(main),
    viewers: streams.reduce((sum, { stream }) => sum + rooms.viewers.count(stream.id), 0),
    last_error: await lastErrorOf(view, rooms),
    last_seen_at: lastSeen.toSorted().at(-1) ?? null,
    created_at: camera.createdAt,
    updated_at: camera.updatedAt,
  };
}
