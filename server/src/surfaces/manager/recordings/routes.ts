import { isSealed } from '@nightjar/contract/link';
import {
  Coverage,
  CoverageQuery,
  Recording,
  RecordingList,
  RecordingParams,
  RecordingsQuery,
  StreamIdParams,
  UpdateRecording,
} from '@nightjar/contract/manager';
import { type App, DomainError, type Principal, seesOriginals } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import { recording, recordingList, rounded } from '../present.ts';
import type { ManagerRooms } from '../rooms.ts';

const DAY_MS = 86_400_000;
const isDay = (text: string): boolean => !text.includes('T');

/** First instant that is meant, as ISO 8601 UTC with ms. */
const fromOf = (text: string | undefined): string | undefined => text && new Date(text).toISOString();

/** Last instant that is meant: of a day, its last millisecond. */
const toOf = (text: string | undefined): string | undefined =>
  text && new Date(Date.parse(text) + (isDay(text) ? DAY_MS - 1 : 0)).toISOString();

/** Throws FORBIDDEN. */
function mustSeeOriginals(principal: Principal | undefined, id: string): void {
  if (!seesOriginals(principal, id))
    throw new DomainError('FORBIDDEN', undefined, { scope: 'originals:read' });
}

/** S2's list of a stream's footage, and what is kept whatever the limits say. */
export function recordingRoutes(app: App, { streams, recordings }: ManagerRooms): void {
  app.get('/api/streams/:id/recordings', {
    config: { access: { scope: 'recordings:read', object: { stream: 'id' } } },
    schema: {
      tags: ['recordings'],
      summary: 'List all recordings of a stream',
      params: StreamIdParams,
      querystring: RecordingsQuery,
      response: { 200: RecordingList, ...errorAnswers },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { start_date, end_date, original, limit, offset } = request.query;
      if (original) mustSeeOriginals(request.principal, id);
      await streams.get(id);
      const listing = await recordings.list({
        streamId: id,
        from: fromOf(start_date),
        to: toOf(end_date),
        originals: original,
        limit,
        offset,
      });
      return recordingList(listing, { limit, offset });
    },
  });

  app.get('/api/streams/:id/coverage', {
    config: { access: { scope: 'recordings:read', object: { stream: 'id' } } },
    schema: {
      tags: ['recordings'],
      summary: 'Get what of a time was recorded, and why the rest was not',
      params: StreamIdParams,
      querystring: CoverageQuery,
      response: { 200: Coverage, ...errorAnswers },
    },
    handler: async ({ params, query }) => {
      await streams.get(params.id);
      const { from, to, recorded, seconds, gaps } = await recordings.coverage(params.id, {
        ...query,
        originals: false,
      });
      return { from, to, recorded: rounded(recorded), completeness: Math.min(1, recorded / seconds), gaps };
    },
  });

  app.patch('/api/streams/:id/recordings/:filename', {
    config: { access: { scope: 'recordings:write', object: { stream: 'id' } } },
    schema: {
      tags: ['recordings'],
      summary: 'Protect a recording from deletion, or give it free',
      params: RecordingParams,
      body: UpdateRecording,
      response: { 200: Recording, ...errorAnswers },
    },
    handler: async ({ params, body, principal }) => {
      await streams.get(params.id);
      // As one that is not there: whoever gives it free has it deleted.
      if (isSealed(params.filename) && !seesOriginals(principal, params.id))
        throw new DomainError('NOT_FOUND', 'No such recording');
      return recording(await recordings.protect(params.id, params.filename, body.protected));
    },
  });
}
