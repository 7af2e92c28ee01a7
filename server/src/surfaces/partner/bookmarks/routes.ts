import {
  BookmarkCreate,
  BookmarkParams,
  BookmarkUpdate,
  PartnerBookmark,
  PartnerBookmarkList,
  PartnerBookmarkQuery,
  PartnerStreamParams,
} from '@nightjar/contract/partner';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Bookmark } from '../../../bookmarks/index.ts';
import { type App, DomainError } from '../../../kernel/index.ts';
import { mayShowKept } from '../../../privacy/index.ts';
import { answerTagged, mustMatch, sendKept, tagOf, within } from '../captures.ts';
import { errorAnswers } from '../errors.ts';
import type { PartnerRooms } from '../rooms.ts';
import { pageOf } from '../streams/present.ts';
import { createBookmark } from './create.ts';
import { shownBookmark } from './present.ts';

const tags = ['partner bookmarks'];
const ofStream = { object: { stream: 'stream_id' } } as const;
const read = { access: { scope: 'bookmarks:read', object: 'listing' } } as const;
/** For elements of a page, which send no header: a ticket of the stream says enough. */
const watch = { access: { ...read.access, ticket: true } } as const;
const write = { access: { scope: 'bookmarks:write', object: 'listing' } } as const;

/** S4's bookmarks: those of a stream, and each by its id. */
export function bookmarkRoutes(app: App, rooms: PartnerRooms): void {
  streamRoutes(app, rooms);
  oneRoutes(app, rooms);
  fileRoutes(app, rooms);
}

function streamRoutes(app: App, rooms: PartnerRooms): void {
  const { bookmarks, streams } = rooms;
  app.post('/v2/streams/:stream_id/bookmarks', {
    config: { access: { scope: 'bookmarks:write', ...ofStream } },
    schema: {
      tags,
      summary: 'Create a bookmark: a clip around a moment, live or from footage',
      params: PartnerStreamParams,
      body: BookmarkCreate,
      response: { 201: PartnerBookmark, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { bookmark, again } = await createBookmark(
        rooms,
        request,
        request.params.stream_id,
        request.body,
      );
      return reply
        .code(201)
        .headers({ location: `/v2/bookmarks/${bookmark.id}`, etag: tagOf(bookmark) })
        .headers(again ? { 'idempotency-replayed': 'true' } : {})
        .send(shownBookmark(bookmark));
    },
  });

  app.get('/v2/streams/:stream_id/bookmarks', {
    config: { access: { scope: 'bookmarks:read', ...ofStream } },
    schema: {
      tags,
      summary: 'List bookmarks of a stream, the newest moment first',
      params: PartnerStreamParams,
      querystring: PartnerBookmarkQuery,
      response: { 200: PartnerBookmarkList, ...errorAnswers },
    },
    handler: async ({ params, query }) => {
      await streams.get(params.stream_id);
      const { limit, offset } = pageOf(query);
      const found = await bookmarks.list({
        streamId: params.stream_id,
        eventType: query.event_type,
        createdBy: query.created_by,
        status: query.status,
        tag: query.tag,
        minConfidence: query.min_confidence,
        from: query.start_time,
        to: query.end_time,
        limit,
        offset,
      });
      return { bookmarks: found.bookmarks.map(shownBookmark), total: found.total, limit, offset };
    },
  });
}

/** The bookmark of the path, as far as the caller may know of it. */
function finder({ bookmarks }: PartnerRooms, scope: 'bookmarks:read' | 'bookmarks:write') {
  return (request: FastifyRequest & { params: { bookmark_id: string } }): Promise<Bookmark> => {
    const { bookmark_id: id } = request.params;
    return within(
      request,
      scope,
      () => bookmarks.get(id),
      () => new DomainError('NOT_FOUND', `Bookmark '${id}' not found`, { bookmark_id: id }),
    );
  };
}

function oneRoutes(app: App, rooms: PartnerRooms): void {
  const { bookmarks } = rooms;
  const toRead = finder(rooms, 'bookmarks:read');
  const toWrite = finder(rooms, 'bookmarks:write');
  app.get('/v2/bookmarks/:bookmark_id', {
    config: read,
    schema: {
      tags,
      summary: 'Get bookmark details',
      params: BookmarkParams,
      response: { 200: PartnerBookmark, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const bookmark = await toRead(request);
      return answerTagged(request, reply, bookmark, shownBookmark(bookmark));
    },
  });

  app.put('/v2/bookmarks/:bookmark_id', {
    config: write,
    schema: {
      tags,
      summary: 'Update bookmark metadata; its video stays as it is',
      params: BookmarkParams,
      body: BookmarkUpdate,
      response: { 200: PartnerBookmark, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const bookmark = await toWrite(request);
      mustMatch(request, bookmark);
      const { label, event_type: eventType, confidence, tags: labels } = request.body;
      const changed = await bookmarks.update(bookmark, {
        ...(label === undefined ? {} : { label }),
        ...(eventType === undefined ? {} : { eventType }),
        ...(confidence === undefined ? {} : { confidence }),
        ...(labels === undefined ? {} : { tags: labels }),
      });
      return reply.header('etag', tagOf(changed)).send(shownBookmark(changed));
    },
  });

  app.delete('/v2/bookmarks/:bookmark_id', {
    config: write,
    schema: {
      tags,
      summary: 'Delete a bookmark and its files',
      params: BookmarkParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const bookmark = await toWrite(request);
      mustMatch(request, bookmark);
      await bookmarks.remove(bookmark);
      return reply.code(204).send();
    },
  });
}

function fileRoutes(app: App, rooms: PartnerRooms): void {
  const { bookmarks, streams } = rooms;
  const find = finder(rooms, 'bookmarks:read');
  const toShow = async (request: Parameters<typeof find>[0]): Promise<Bookmark> => {
    const bookmark = await find(request);
    mayShowKept(request.principal, await streams.get(bookmark.streamId), bookmark.createdAt);
    return bookmark;
  };
  app.get('/v2/bookmarks/:bookmark_id/video', {
    config: { ...watch, counted: false, audit: 'bookmark.viewed' },
    schema: { tags, summary: 'Download the video clip', params: BookmarkParams },
    handler: async (request, reply) => {
      const bookmark = await toShow(request);
      const type = 'video/mp4';
      return sendKept(reply, bookmarks.video(bookmark), { type, download: `${bookmark.id}.mp4` });
    },
  });

  app.get('/v2/bookmarks/:bookmark_id/thumbnail', {
    config: { ...watch, counted: false },
    schema: { tags, summary: 'Download the thumbnail: the picture of the moment', params: BookmarkParams },
    handler: async (request, reply) => {
      const bookmark = await toShow(request);
      const type = 'image/jpeg';
      return sendKept(reply, bookmarks.thumbnail(bookmark), { type, download: `${bookmark.id}.jpg` });
    },
  });
}
