import {
  PlatformRecording,
  PlatformRecordingList,
  PlatformRecordingsQuery,
  RecordingId,
  recordingId,
  SignedUrl,
  SignedUrlQuery,
} from '@nightjar/contract/platform';
import { type App, DomainError, listsOriginals } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { fromOf, ownersOf, recordingOf, recordingWithin, rounded, streamsWithin, toOf } from './present.ts';

const config = { access: { scope: 'recordings:read', object: 'listing' } } as const;
const tags = ['recordings'];

function listRoute(app: App, rooms: PlatformRooms): void {
  app.get('/api/v1/recordings', {
    config,
    schema: {
      tags,
      summary: 'List recordings with filters',
      querystring: PlatformRecordingsQuery,
      response: { 200: PlatformRecordingList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const { limit, offset, sort: order, original } = query;
      if (original && !listsOriginals(principal))
        throw new DomainError('FORBIDDEN', undefined, { scope: 'originals:read' });
      const owners = await ownersOf(rooms);
      const filter = {
        streamIds: streamsWithin(principal, owners, query),
        from: fromOf(query.start_date),
        to: toOf(query.end_date),
        tier: query.storage_tier,
        protected: query.protected,
        closed: query.status && query.status === 'completed',
        originals: original,
      };
      const { segments, totals } = await rooms.footageSearch.find(filter, { order, limit, offset });
      return {
        items: segments.map((segment) => recordingOf(segment, owners)),
        total: totals.count,
        limit,
        offset,
        total_size: totals.bytes,
        total_duration: rounded(totals.seconds),
      };
    },
  });
}

/** S3's recordings: listed, shown, and opened to who has an address that was signed. */
export function recordingRoutes(app: App, rooms: PlatformRooms): void {
  listRoute(app, rooms);

  app.get('/api/v1/recordings/:id', {
    config,
    schema: {
      tags,
      summary: 'Get recording details',
      params: RecordingId,
      response: { 200: PlatformRecording, ...errorAnswers },
    },
    handler: async ({ params, principal }) =>
      recordingOf(await recordingWithin(principal, params.id, rooms), await ownersOf(rooms)),
  });

  app.get('/api/v1/recordings/:id/signed-url', {
    config: { ...config, audit: 'recording.url_signed' },
    schema: {
      tags,
      summary: 'Generate signed URL: who has it may download the recording for a while',
      params: RecordingId,
      querystring: SignedUrlQuery,
      response: { 200: SignedUrl, ...errorAnswers },
    },
    handler: async (request) => {
      const { params, query, principal, protocol, host } = request;
      const { endAt } = await recordingWithin(principal, params.id, rooms);
      if (endAt === null) throw new DomainError('CONFLICT', 'The recording is still being written');
      const path = `/api/v1/recordings/${recordingId(params.id.stream_id, params.id.filename)}/download`;
      const { url, expiresAt } = rooms.signedUrls.sign(path, query.expires_in);
      return { url: `${protocol}://${host}${url}`, expires_at: expiresAt };
    },
  });
}
