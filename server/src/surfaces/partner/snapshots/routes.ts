import {
  PartnerSnapshot,
  PartnerSnapshotList,
  PartnerSnapshotQuery,
  PartnerStreamParams,
  SnapshotCreate,
  SnapshotParams,
} from '@nightjar/contract/partner';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, DomainError } from '../../../kernel/index.ts';
import { mayShowKept } from '../../../privacy/index.ts';
import type { Snapshot } from '../../../snapshots/index.ts';
import {
  answerTagged,
  callerOf,
  madeOnce,
  mustMatch,
  ownerOf,
  sendKept,
  tagOf,
  within,
} from '../captures.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { pageOf, stateOf } from '../streams/present.ts';
import { shownSnapshot } from './present.ts';

const tags = ['partner snapshots'];
const ofStream = { object: { stream: 'stream_id' } } as const;
const read = { access: { scope: 'snapshots:read', object: 'listing' } } as const;

/** S4's snapshots: those of a stream, and each by its id. */
export function snapshotRoutes(app: App, rooms: PartnerRooms): void {
  streamRoutes(app, rooms);
  oneRoutes(app, rooms);
}

async function create(
  rooms: PartnerRooms,
  request: FastifyRequest,
  streamId: string,
  body: z.output<typeof SnapshotCreate>,
): Promise<{ snapshot: Snapshot; again: boolean }> {
  const { snapshots, streams } = rooms;
  const principal = callerOf(request);
  const view = await streams.get(streamId);
  const { objectId, again } = await madeOnce(rooms, request, async () => {
    if (body.source === 'live' && view.state !== 'live')
      throw new DomainError('CONFLICT', `Stream is not live (${stateOf(view)})`);
    const { id } = await snapshots.create({
      streamId,
      source: body.source,
      at: body.timestamp === undefined ? undefined : Date.parse(body.timestamp),
      metadata: body.metadata,
      createdBy: body.created_by ?? principal.name,
      owner: ownerOf(principal),
    });
    return id;
  });
  return { snapshot: await snapshots.get(objectId), again };
}

function streamRoutes(app: App, rooms: PartnerRooms): void {
  const { snapshots, streams } = rooms;
  app.post('/v2/streams/:stream_id/snapshots', {
    config: { access: { scope: 'snapshots:write', ...ofStream } },
    schema: {
      tags,
      summary: 'Create a snapshot: one picture, live or from footage',
      params: PartnerStreamParams,
      body: SnapshotCreate,
      response: { 201: PartnerSnapshot, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { snapshot, again } = await create(rooms, request, request.params.stream_id, request.body);
      return reply
        .code(201)
        .headers({ location: `/v2/snapshots/${snapshot.id}`, etag: tagOf(snapshot) })
        .headers(again ? { 'idempotency-replayed': 'true' } : {})
        .send(shownSnapshot(snapshot));
    },
  });

  app.get('/v2/streams/:stream_id/snapshots', {
    config: { access: { scope: 'snapshots:read', ...ofStream } },
    schema: {
      tags,
      summary: 'List snapshots of a stream, the newest moment first',
      params: PartnerStreamParams,
      querystring: PartnerSnapshotQuery,
      response: { 200: PartnerSnapshotList, ...errorAnswers },
    },
    handler: async ({ params, query }) => {
      await streams.get(params.stream_id);
      const { limit, offset } = pageOf(query);
      const found = await snapshots.list({
        streamId: params.stream_id,
        createdBy: query.created_by,
        status: query.status,
        source: query.source,
        from: query.start_time,
        to: query.end_time,
        limit,
        offset,
      });
      return { snapshots: found.snapshots.map(shownSnapshot), total: found.total, limit, offset };
    },
  });
}

function oneRoutes(app: App, { snapshots, streams }: PartnerRooms): void {
  const find = (
    request: FastifyRequest & { params: { snapshot_id: string } },
    scope: 'snapshots:read' | 'snapshots:write',
  ): Promise<Snapshot> => {
    const { snapshot_id: id } = request.params;
    return within(
      request,
      scope,
      () => snapshots.get(id),
      () => new DomainError('NOT_FOUND', `Snapshot '${id}' not found`, { snapshot_id: id }),
    );
  };
  app.get('/v2/snapshots/:snapshot_id', {
    config: read,
    schema: {
      tags,
      summary: 'Get snapshot details',
      params: SnapshotParams,
      response: { 200: PartnerSnapshot, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const snapshot = await find(request, 'snapshots:read');
      return answerTagged(request, reply, snapshot, shownSnapshot(snapshot));
    },
  });

  app.get('/v2/snapshots/:snapshot_id/image', {
    // For elements of a page, which send no header: a ticket of the stream says enough.
    config: { access: { ...read.access, ticket: true }, counted: false },
    schema: { tags, summary: 'Download the image', params: SnapshotParams },
    handler: async (request, reply) => {
      const snapshot = await find(request, 'snapshots:read');
      mayShowKept(request.principal, await streams.get(snapshot.streamId), snapshot.createdAt);
      const download = `${snapshot.id}.jpg`;
      return sendKept(reply, snapshots.image(snapshot), { type: 'image/jpeg', download });
    },
  });

  app.delete('/v2/snapshots/:snapshot_id', {
    config: { access: { scope: 'snapshots:write', object: 'listing' } },
    schema: {
      tags,
      summary: 'Delete a snapshot and its file',
      params: SnapshotParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const snapshot = await find(request, 'snapshots:write');
      mustMatch(request, snapshot);
      await snapshots.remove(snapshot);
      return reply.code(204).send();
    },
  });
}
