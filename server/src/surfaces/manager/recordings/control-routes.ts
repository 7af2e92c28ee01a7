import {
  RecordingPaused,
  RecordingStarted,
  RecordingStopped,
  StartRecording,
  StreamIdParams,
} from '@nightjar/contract/manager';
import { type App, seesOriginals } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import { errorAnswers } from '../errors.ts';
import { footagePath, rounded } from '../present.ts';
import type { ManagerRooms } from '../rooms.ts';

const config = { access: { scope: 'recordings:write', object: { stream: 'id' } } } as const;
const schema = { tags: ['recordings'], params: StreamIdParams };
/** The engine answers an order within a key frame and a second of media. */
const ANSWER_MS = 5_000;
const ALL_FILES = 100_000;

/** Waits for the first file when one is to be expected. */
async function begun({ recordings, engineConnected }: ManagerRooms, view: StreamView, before?: string) {
  const { id } = view.stream;
  const soon = engineConnected() && view.state === 'live';
  const activity = await recordings.awaitActivity(
    id,
    (now) => now?.filename !== undefined && now.filename !== before,
    soon ? ANSWER_MS : 0,
  );
  const filename = activity?.filename === before ? undefined : activity?.filename;
  return filename === undefined
    ? { status: 'waiting' as const, filename: null }
    : { status: 'recording' as const, filename: footagePath(id, filename) };
}

/** Waits until nothing of the stream is being written. */
async function ended({ recordings, engineConnected }: ManagerRooms, id: string): Promise<void> {
  const over = (state: string | undefined): boolean => state === undefined || state === 'stopped';
  await recordings.awaitActivity(id, (now) => over(now?.state), engineConnected() ? ANSWER_MS : 0);
}

function beginRoutes(app: App, rooms: ManagerRooms): void {
  const { streams, recordings } = rooms;

  app.post('/api/streams/:id/recording/start', {
    config,
    schema: {
      ...schema,
      summary: 'Start recording of a stream',
      body: StartRecording,
      response: { 200: RecordingStarted, ...errorAnswers },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { filename, segment_duration } = request.body ?? {};
      const before = recordings.activity(id);
      const view = await streams.commandRecording(id, {
        kind: 'start',
        label: filename,
        segmentDuration: segment_duration,
        active: before?.state === 'recording',
      });
      return begun(rooms, view, before?.filename);
    },
  });

  app.post('/api/streams/:id/recording/resume', {
    config,
    schema: {
      ...schema,
      summary: 'Resume paused recording, in a new file',
      response: { 200: RecordingStarted, ...errorAnswers },
    },
    handler: async (request) =>
      begun(rooms, await streams.commandRecording(request.params.id, { kind: 'resume' })),
  });
}

function endRoutes(app: App, rooms: ManagerRooms): void {
  const { streams, recordings } = rooms;

  app.post('/api/streams/:id/recording/stop', {
    config,
    schema: {
      ...schema,
      summary: 'Stop recording of a stream',
      response: { 200: RecordingStopped, ...errorAnswers },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { session, privacy } = (await streams.get(id)).stream;
      await streams.commandRecording(id, { kind: 'stop' });
      await ended(rooms, id);
      const { segments, totals } = await recordings.list({
        streamId: id,
        from: session.since ?? undefined,
        originals: privacy.record === 'original' && seesOriginals(request.principal, id) ? undefined : false,
        limit: ALL_FILES,
        offset: 0,
      });
      return {
        status: 'stopped' as const,
        files: segments.map(({ filename }) => footagePath(id, filename)).reverse(),
        total_duration: rounded(totals.seconds),
        total_size: totals.bytes,
      };
    },
  });

  app.post('/api/streams/:id/recording/pause', {
    config,
    schema: {
      ...schema,
      summary: 'Pause recording; the stream stays live and the file is closed',
      response: { 200: RecordingPaused, ...errorAnswers },
    },
    handler: async (request) => {
      await streams.commandRecording(request.params.id, { kind: 'pause' });
      await ended(rooms, request.params.id);
      return { status: 'paused' as const };
    },
  });
}

/** S2's control of recording. */
export function recordingControlRoutes(app: App, rooms: ManagerRooms): void {
  beginRoutes(app, rooms);
  endRoutes(app, rooms);
}
