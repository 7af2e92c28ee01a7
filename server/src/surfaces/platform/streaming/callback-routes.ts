import { RtmpAllowed, RtmpCall } from '@nightjar/contract/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type App, DomainError, networkOf, RateLimiter, sees } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const tags = ['streaming'];
const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM = 16 * 1024;
/** Wrong keys of one network that are written down, a minute. */
const MAX_WRITTEN = 20;
const answers = { 200: RtmpAllowed, ...errorAnswers };
// A server in front has one address for all of its cameras; who shows a wrong key is written down by the handler.
const config = { access: 'public', counted: false, audit: false } as const;

/** Only these routes take what nginx-rtmp sends. */
function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
}

/** Who may publish or play, for a server in front that asks before it lets a client in. */
class Judge {
  readonly #rooms: PlatformRooms;
  /** Anybody may call: what is written down of wrong keys has a bound, so that nobody fills the audit log. */
  readonly #written: RateLimiter;

  constructor(rooms: PlatformRooms) {
    this.#rooms = rooms;
    this.#written = new RateLimiter(rooms.clock);
  }

  /** The stream that a client feeds. Throws FORBIDDEN. */
  async publisher(request: FastifyRequest, { name, key, addr }: RtmpCall): Promise<string> {
    const { publishKeys, audit } = this.#rooms;
    const streamId = await publishKeys.streamOf(key ?? name);
    if (streamId !== undefined) return streamId;
    const address = addr ?? request.ip;
    const { exceeded } = this.#written.take(networkOf(request.ip), MAX_WRITTEN);
    if (!exceeded) audit.note({ principal: undefined, action: 'rtmp.publish', outcome: 'refused', address });
    throw new DomainError('FORBIDDEN', 'No stream takes this key: it is wrong, was replaced, or is stopped');
  }

  /** The stream that a client plays. Throws FORBIDDEN. */
  async viewer({ name, flashver, ticket, token }: RtmpCall): Promise<string> {
    const { access, publishKeys } = this.#rooms;
    // nginx asks about its own connection by which it passes a stream on, too: that one plays, under the key.
    const passedOn = flashver === RELAY ? await publishKeys.streamOf(name) : undefined;
    if (passedOn !== undefined) return passedOn;
    const principal =
      ticket === undefined ? token && (await access.authenticate(token)) : await access.redeem(ticket);
    if (principal && sees(principal, 'streams:read', name)) return name;
    throw new DomainError('FORBIDDEN', 'A valid ticket or token for this stream is needed');
  }

  /** Writes down that a publisher came or went. */
  note(request: FastifyRequest, { addr }: RtmpCall, action: string, streamId: string): void {
    const about = { principal: undefined, object: { id: streamId }, address: addr ?? request.ip };
    this.#rooms.audit.note({ ...about, action, outcome: 'done' });
  }
}

const isPlay = ({ call }: RtmpCall): boolean => call === 'play' || call === 'update_play';
/** What nginx-rtmp calls itself. */
const RELAY = 'ngx-local-relay';
/** Somebody has gone; there is nothing to judge. */
const isOver = ({ call }: RtmpCall): boolean => call?.endsWith('done') === true;

function publishRoutes(app: App, rooms: PlatformRooms, judge: Judge): void {
  app.post('/api/v1/streaming/publish-start', {
    config,
    schema: {
      tags,
      summary: 'Stream publish callback: somebody begins to publish; 403 sends them away',
      body: RtmpCall,
      response: answers,
    },
    handler: async (request) => {
      const stream_id = await judge.publisher(request, request.body);
      judge.note(request, request.body, 'rtmp.publish_started', stream_id);
      return { status: 'ok' as const, stream_id };
    },
  });

  app.post('/api/v1/streaming/publish-end', {
    config,
    schema: {
      tags,
      summary: 'Stream end callback: somebody has ended to publish',
      body: RtmpCall,
      response: answers,
    },
    handler: async (request) => {
      const { key, name } = request.body;
      const stream_id = (await rooms.publishKeys.streamOf(key ?? name)) ?? null;
      if (stream_id !== null) judge.note(request, request.body, 'rtmp.publish_ended', stream_id);
      return { status: 'ok' as const, stream_id };
    },
  });
}

/** S3's callbacks for an nginx-rtmp in front: its form fields come in, 2xx or 403 go out. */
export function callbackRoutes(app: App, rooms: PlatformRooms): void {
  const judge = new Judge(rooms);
  void app.register(async (plain) => {
    const scope = plain as unknown as App;
    acceptForms(scope as unknown as FastifyInstance);
    publishRoutes(scope, rooms, judge);

    scope.post('/api/v1/streaming/auth', {
      config,
      schema: {
        tags,
        summary: 'RTMP authentication callback: `on_publish`, `on_play` and `on_update` of nginx-rtmp',
        body: RtmpCall,
        response: answers,
      },
      handler: async (request) => {
        const { body } = request;
        if (isOver(body)) return { status: 'ok' as const, stream_id: null };
        const stream_id = isPlay(body) ? await judge.viewer(body) : await judge.publisher(request, body);
        return { status: 'ok' as const, stream_id };
      },
    });
  });
}
