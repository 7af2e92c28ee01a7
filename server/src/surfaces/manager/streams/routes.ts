import {
  StreamDetail,
  StreamIdParams,
  StreamList,
  StreamListQuery,
  StreamMetricsDetail,
} from '@nightjar/contract/manager';
import { type App, sees } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import { errorAnswers } from '../errors.ts';
import { metricsDetail, recordingStatus, statusOf, summary } from '../present.ts';
import type { ManagerRooms } from '../rooms.ts';
import { wholeStream } from './whole-stream.ts';

const listing = { access: { scope: 'streams:read', object: 'listing' } } as const;
const one = { access: { scope: 'streams:read', object: { stream: 'id' } } } as const;
const tags = ['streams'];

/** S2's reading of streams: list, details, figures. */
export function streamRoutes(app: App, rooms: ManagerRooms): void {
  const { streams, recordings } = rooms;
  const recordingOf = (view: StreamView) => recordingStatus(view, recordings.activity(view.stream.id));

  app.get('/api/streams', {
    config: listing,
    schema: {
      tags,
      summary: 'List all configured streams',
      querystring: StreamListQuery,
      response: { 200: StreamList, ...errorAnswers },
    },
    handler: async (request) => {
      const { status, recording, limit, offset } = request.query;
      const found = (await streams.list()).filter(
        (view) =>
          sees(request.principal, 'streams:read', view.stream.id) &&
          (status === undefined || statusOf(view) === status) &&
          (recording === undefined || (recordingOf(view) === 'recording') === (recording === 'true')),
      );
      const totals = await recordings.totalsByStream();
      const page = found.slice(offset, offset + limit).map((view) => {
        const { id } = view.stream;
        return summary(view, recordings.activity(id), totals.get(id)?.seconds ?? 0);
      });
      return { streams: page, total: found.length, limit, offset };
    },
  });

  app.get('/api/streams/:id', {
    config: one,
    schema: {
      tags,
      summary: 'Get details of a stream',
      params: StreamIdParams,
      response: { 200: StreamDetail, ...errorAnswers },
    },
    handler: async (request) => wholeStream(rooms, await streams.get(request.params.id)),
  });

  app.get('/api/streams/:id/metrics', {
    config: one,
    schema: {
      tags,
      summary: 'Get figures of a stream; null is what cannot be measured',
      params: StreamIdParams,
      response: { 200: StreamMetricsDetail, ...errorAnswers },
    },
    handler: async (request) => metricsDetail((await streams.get(request.params.id)).metrics),
  });
}
