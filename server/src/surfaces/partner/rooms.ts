import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessRoom } from '../../access/index.ts';
import type { Bookmarks } from '../../bookmarks/index.ts';
import type { Events } from '../../events/index.ts';
import type { Webhooks } from '../../events/webhooks/index.ts';
import type { Idempotency } from '../../idempotency/index.ts';
import type { Clock } from '../../kernel/index.ts';
import type { Recordings } from '../../recordings/index.ts';
import type { Snapshots } from '../../snapshots/index.ts';
import type { Streams } from '../../streams/index.ts';
import type { Viewers } from '../../streams/viewers/index.ts';

/** What S4 translates. */
export interface PartnerRooms extends AccessRoom {
  streams: Streams;
  recordings: Recordings;
  viewers: Viewers;
  bookmarks: Bookmarks;
  snapshots: Snapshots;
  idempotency: Idempotency;
  webhooks: Webhooks;
  events: Events;
  clock: Clock;
  engine: PartnerEngine;
}

/** The engine's door as this surface needs it. */
export interface PartnerEngine {
  /** Asks in the name of who sent the request; answers with JSON, or undefined. */
  ask(
    request: FastifyRequest,
    question: { streamId: string; method: 'GET' | 'POST' | 'DELETE'; path: string; body?: unknown },
  ): Promise<unknown>;
  /** Answers a request with live media of a stream; `path` is what stands behind `/live/{id}/`. */
  media(request: FastifyRequest, reply: FastifyReply, streamId: string, path: string): Promise<FastifyReply>;
}
