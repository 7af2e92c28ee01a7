import { RecordingId } from '@nightjar/contract/platform';
import { z } from 'zod';
import { type App, DomainError, type Principal, sees } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { recordingWithin } from './present.ts';

const access = { scope: 'recordings:write', object: 'listing' } as const;
const tags = ['recordings'];

/** Throws FORBIDDEN for who may see the footage of a stream and not change it. */
export function mayChange(principal: Principal | undefined, streamId: string): void {
  if (sees(principal, 'recordings:write', streamId)) return;
  throw new DomainError('FORBIDDEN', undefined, { scope: 'recordings:write' });
}

/** S3's changes of recordings. */
export function recordingChangeRoutes(app: App, rooms: PlatformRooms): void {
  app.delete('/api/v1/recordings/:id', {
    config: { access, audit: 'recording.deleted' },
    schema: {
      tags,
      summary: 'Delete recording',
      params: RecordingId,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params, principal }, reply) => {
      const segment = await recordingWithin(principal, params.id, rooms, { original: true });
      mayChange(principal, segment.streamId);
      if (!rooms.engineConnected()) throw new DomainError('ENGINE_UNAVAILABLE');
      await rooms.recordings.discard(segment, rooms.footage);
      return reply.code(204).send();
    },
  });
}
