import { DownloadQuery, RecordingId } from '@nightjar/contract/platform';
import type { FastifyRequest } from 'fastify';
import { type App, type Principal, pathOf } from '../../../kernel/index.ts';
import type { PlatformRooms } from '../rooms.ts';
import { recordingWithin } from './present.ts';

/** Whoever has a signed address: a name in the logs, and one stream's recordings. */
const bearerOf = (streamId: string): Principal => ({
  kind: 'api_token',
  id: 'signed-url',
  name: 'signed url',
  scopes: ['recordings:read'],
  reach: new Map([[streamId, null]]),
});

/** S3's download, with byte ranges; by a bearer's right, or by an address that was signed. */
export function downloadRoute(app: App, rooms: PlatformRooms): void {
  const isSigned = (request: FastifyRequest): boolean =>
    rooms.signedUrls.opens({ method: request.method, path: pathOf(request), query: request.query });

  app.get('/api/v1/recordings/:id/download', {
    config: {
      access: { scope: 'recordings:read', object: 'listing', openTo: isSigned },
      counted: false,
      audit: 'recording.downloaded',
    },
    schema: {
      tags: ['recordings'],
      summary: 'Download recording, with byte ranges',
      params: RecordingId,
      querystring: DownloadQuery,
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (isSigned(request)) request.principal = bearerOf(id.stream_id);
      await recordingWithin(request.principal, id, rooms);
      void reply.header('content-disposition', `attachment; filename="${id.stream_id}_${id.filename}"`);
      return rooms.engine.media(request, reply, id.stream_id, `footage/${id.filename}`);
    },
  });
}
