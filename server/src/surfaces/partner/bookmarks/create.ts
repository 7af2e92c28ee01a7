import type { BookmarkCreate } from '@nightjar/contract/partner';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Bookmark } from '../../../bookmarks/index.ts';
import { DomainError, invalid } from '../../../kernel/index.ts';
import { callerOf, madeOnce, ownerOf } from '../captures.ts';
import type { PartnerRooms } from '../rooms.ts';
import { stateOf } from '../streams/present.ts';

/** Seconds by which a moment may lie ahead. */
const AHEAD = 300;

/** Makes what the body says, once for an idempotency key. */
export async function createBookmark(
  rooms: PartnerRooms,
  request: FastifyRequest,
  streamId: string,
  body: z.output<typeof BookmarkCreate>,
): Promise<{ bookmark: Bookmark; again: boolean }> {
  const { bookmarks, clock } = rooms;
  const principal = callerOf(request);
  const now = clock.utc();
  const center = body.center_timestamp === undefined ? now : Date.parse(body.center_timestamp);
  if (center > now + AHEAD * 1000) throw fieldError('center_timestamp', `lies more than ${AHEAD} s ahead`);
  const view = await rooms.streams.get(streamId);
  const { objectId, again } = await madeOnce(rooms, request, async () => {
    if (body.source === 'live' && view.state !== 'live')
      throw new DomainError('CONFLICT', `Stream is not live (${stateOf(view)})`);
    const { id } = await bookmarks.create({
      streamId,
      source: body.source,
      center,
      beforeSeconds: body.before_seconds,
      afterSeconds: body.after_seconds,
      label: body.label,
      eventType: body.event_type ?? null,
      confidence: body.confidence ?? null,
      tags: body.tags,
      createdBy: body.created_by ?? principal.name,
      owner: ownerOf(principal),
    });
    return id;
  });
  return { bookmark: await bookmarks.get(objectId), again };
}

/** A field that does not fit, in the words of a schema. */
function fieldError(field: string, message: string): DomainError {
  const { code, message: text } = invalid(field, message);
  return new DomainError(code, text, { field, issues: [{ field, message }] });
}
