import type { Tier } from '@nightjar/contract/footage';
import {
  ArchiveRecording,
  Page,
  RecordingId,
  RecordingMove,
  RestoreRecording,
  recordingId,
  StorageTierList,
} from '@nightjar/contract/platform';
import { type App, DomainError, type Principal } from '../../../kernel/index.ts';
import type { Segment } from '../../../recordings/index.ts';
import { pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { mayChange } from './change-routes.ts';
import { recordingWithin } from './present.ts';

const access = { scope: 'recordings:write', object: 'listing' } as const;
const schema = { tags: ['recordings'], params: RecordingId };
type Id = { stream_id: string; filename: string };

/** A closed file that the caller may have moved. Throws NOT_FOUND, FORBIDDEN, CONFLICT. */
async function movable(principal: Principal | undefined, id: Id, rooms: PlatformRooms): Promise<Segment> {
  const segment = await recordingWithin(principal, id, rooms);
  mayChange(principal, segment.streamId);
  if (segment.endAt === null) throw new DomainError('CONFLICT', 'The recording is still being written');
  return segment;
}

const moveOf = ({ streamId, filename, tier }: Segment, target: Tier) => ({
  id: recordingId(streamId, filename),
  storage_tier: tier,
  target_tier: target,
  status: tier === target ? ('done' as const) : ('queued' as const),
});

/** S3's storage tiers, and recordings on their way between them. */
export function tierRoutes(app: App, rooms: PlatformRooms): void {
  const { tiers } = rooms;

  app.post('/api/v1/recordings/:id/archive', {
    config: { access, audit: 'recording.archived' },
    schema: {
      ...schema,
      summary: 'Archive to cloud: the recording goes to another tier, and plays from there',
      body: ArchiveRecording,
      response: { 202: RecordingMove, ...errorAnswers },
    },
    handler: async ({ params, body, principal }, reply) => {
      const segment = await movable(principal, params.id, rooms);
      const target = body?.tier ?? tiers.inUse().at(-1) ?? 'hot';
      if (target === 'hot')
        throw new DomainError('CONFLICT', 'There is no other storage tier: set one up first');
      await tiers.move(segment.streamId, segment.filename, target);
      return reply.code(202).send(moveOf(segment, target));
    },
  });

  app.post('/api/v1/recordings/:id/restore', {
    config: { access, audit: 'recording.restored' },
    schema: {
      ...schema,
      summary: 'Bring a recording back to the tier that is nearest, for some days',
      body: RestoreRecording,
      response: { 202: RecordingMove, ...errorAnswers },
    },
    handler: async ({ params, body, principal }, reply) => {
      const segment = await movable(principal, params.id, rooms);
      await tiers.restore(segment.streamId, segment.filename, body?.days ?? 7);
      return reply.code(202).send(moveOf(segment, 'hot'));
    },
  });

  app.get('/api/v1/storage-tiers', {
    config: { access: { scope: 'recordings:read' } },
    schema: {
      tags: ['storage'],
      summary: 'List storage tiers and what is in them',
      querystring: Page,
      response: { 200: StorageTierList, ...errorAnswers },
    },
    handler: async ({ query }) => {
      const all = (await tiers.overview()).map(({ bytes, givenUp, ...tier }) => ({
        ...tier,
        size: bytes,
        given_up: givenUp,
      }));
      return pageOf(all, query);
    },
  });
}
