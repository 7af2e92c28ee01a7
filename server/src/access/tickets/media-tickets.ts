import { timingSafeEqual } from 'node:crypto';
import type { Scope } from '@nightjar/contract';
import {
  GRANT_PREFIX,
  macOf,
  openRtspProof,
  openTicket,
  signRtspLogin,
  signTicket,
} from '@nightjar/contract/link';
import { z } from 'zod';
import { type Clock, type Principal, type Reach, seesUnblurred } from '../../kernel/index.ts';

/** Seconds a media ticket counts; what it opens is asked for again and again while it plays. */
export const MEDIA_TICKET_SECONDS = 300;
/** What a ticket may be used for, as far as its owner may. */
const MEDIA_SCOPES: ReadonlySet<Scope> = new Set([
  'streams:read',
  'streams:unblurred',
  'recordings:read',
  'bookmarks:read',
  'snapshots:read',
]);

const GRANT = new RegExp(`^${GRANT_PREFIX}([\\w-]+)\\.([\\w-]+)$`);
const KIND = z.enum(['person', 'api_client', 'api_token']);
const Bearer = z.tuple([KIND, z.string(), z.string().nullable()]);
/** The same, and Unix seconds up to which keys are told for it. */
const OriginalsBearer = z.tuple([KIND, z.string(), z.string().nullable(), z.number()]);
/** Seconds: all files that one request needs are opened at its beginning, also where a bucket is slow. */
const ORIGINALS_GRANT_SECONDS = 600;

/** Who a grant speaks of: enough to ask again what they may do now. */
export interface GrantBearer {
  kind: Principal['kind'];
  id: string;
  session: string | undefined;
}

/** What a grant is for: to watch, or to have the keys of recorded originals; one does nothing of the other. */
type Purpose = 'grant' | 'originals';

interface Options {
  clock: Clock;
  /** Signs grants; the server's own. */
  key: Buffer;
  /** Signs tickets; shared with the engine, which checks them at its doors. */
  linkKey: Buffer;
}

/** Short signed texts for one stream, for elements of a page and for players that take nothing but an address. */
export class MediaTickets {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What the engine shows again while somebody watches this one stream; it says nothing to anybody else. */
  grantOf({ kind, id, session }: Pick<Principal, 'kind' | 'id' | 'session'>, streamId: string): string {
    return this.#signed('grant', streamId, [kind, id, session ?? null]);
  }

  /** What the engine asks with for the keys of recorded originals, for one request of somebody who may see them. */
  originalsGrantOf(
    { kind, id, session }: Pick<Principal, 'kind' | 'id' | 'session'>,
    streamId: string,
  ): string {
    const until = Math.floor(this.#options.clock.utc() / 1000) + ORIGINALS_GRANT_SECONDS;
    return this.#signed('originals', streamId, [kind, id, session ?? null, until]);
  }

  /** Undefined for what is no grant of ours for this stream. */
  openGrant(text: string, streamId: string): GrantBearer | undefined {
    const bearer = Bearer.safeParse(this.#opened('grant', streamId, text));
    if (!bearer.success) return undefined;
    const [kind, id, session] = bearer.data;
    return { kind, id, session: session ?? undefined };
  }

  /** Undefined for what is no grant of ours for recorded originals of this stream, or is void by now. */
  openOriginalsGrant(text: string, streamId: string): GrantBearer | undefined {
    const bearer = OriginalsBearer.safeParse(this.#opened('originals', streamId, text));
    if (!bearer.success) return undefined;
    const [kind, id, session, until] = bearer.data;
    if (this.#options.clock.utc() / 1000 > until) return undefined;
    return { kind, id, session: session ?? undefined };
  }

  /** A login for RTSP players that know nothing but digest. Throws RangeError for a principal that no name holds. */
  login(principal: Principal, streamId: string, seconds: number): { username: string; password: string } {
    const { kind, id, session = '' } = principal;
    const exp = Math.floor(this.#options.clock.utc() / 1000) + seconds;
    return signRtspLogin(this.#options.linkKey, streamId, { sub: `${kind}:${id}`, session, exp });
  }

  /** Whose login the engine was shown; undefined when it is none, or void. */
  openLogin(streamId: string, proof: string): GrantBearer | undefined {
    const { linkKey, clock } = this.#options;
    const login = openRtspProof(linkKey, streamId, proof, clock.utc() / 1000);
    const [kind, id] = login?.sub.split(':') ?? [];
    const bearer = Bearer.safeParse([kind, id, login?.session || null]);
    if (!bearer.success) return undefined;
    return { kind: bearer.data[0], id: bearer.data[1], session: bearer.data[2] ?? undefined };
  }

  /** A ticket for what a principal may see of a stream. */
  issue(principal: Principal, streamId: string): { ticket: string; expiresIn: number } {
    const exp = Math.floor(this.#options.clock.utc() / 1000) + MEDIA_TICKET_SECONDS;
    const sub = `${principal.kind}:${principal.id}`;
    const ticket = signTicket(this.#options.linkKey, {
      stream_id: streamId,
      exp,
      sub,
      unblurred: seesUnblurred(principal, streamId),
      grant: this.grantOf(principal, streamId),
    });
    return { ticket, expiresIn: MEDIA_TICKET_SECONDS };
  }

  /** Whose ticket it is and for which stream; undefined when it is void. */
  open(ticket: string): { bearer: GrantBearer; streamId: string } | undefined {
    const opened = openTicket(this.#options.linkKey, ticket, this.#options.clock.utc() / 1000);
    if (opened?.grant === undefined) return undefined;
    const bearer = this.openGrant(opened.grant, opened.stream_id);
    return bearer && { bearer, streamId: opened.stream_id };
  }

  #signed(purpose: Purpose, streamId: string, bearer: readonly unknown[]): string {
    const body = Buffer.from(JSON.stringify(bearer)).toString('base64url');
    return `${GRANT_PREFIX}${body}.${this.#mac(purpose, streamId, body)}`;
  }

  /** What was signed for this purpose and stream; undefined for anything else. */
  #opened(purpose: Purpose, streamId: string, text: string): unknown {
    const [, body = '', mac = ''] = GRANT.exec(text) ?? [];
    const [given, expected] = [Buffer.from(mac), Buffer.from(this.#mac(purpose, streamId, body))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(Buffer.from(body, 'base64url').toString());
  }

  #mac(purpose: Purpose, streamId: string, body: string): string {
    return macOf(this.#options.key, `${purpose} ${streamId} ${body}`).digest('base64url');
  }
}

/** The bearer of a ticket: its owner as far as media of one stream goes. */
export function narrowed(principal: Principal, streamId: string): Principal {
  const { reach } = principal;
  const counting = reach === 'all' ? null : reach.get(streamId);
  const only: Reach = new Map(counting === undefined ? [] : [[streamId, counting]]);
  return { ...principal, scopes: principal.scopes.filter((scope) => MEDIA_SCOPES.has(scope)), reach: only };
}
