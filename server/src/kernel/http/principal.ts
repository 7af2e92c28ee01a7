import type { Scope } from '@nightjar/contract';
import type { FastifyRequest, RouteOptions } from 'fastify';

/**
 * Streams a principal may touch, each with the scopes that count there (null: all that the principal has);
 * `all` is every stream there is and will be, and the installation itself.
 */
export type Reach = 'all' | ReadonlyMap<string, readonly Scope[] | null>;

/** Who is calling, whatever the surface; what they may do is decided by scopes and reach alone. */
export interface Principal {
  kind: 'person' | 'api_client' | 'api_token';
  id: string;
  /** For people to read: in the audit log, beside the id. */
  name: string;
  scopes: readonly Scope[];
  reach: Reach;
  /** The sign-in that the credential came of; undefined for an API token. */
  session?: string | undefined;
  /** Calls a minute of its own; undefined follows the configuration. */
  rateLimit?: number | undefined;
}

/** What a route touches. */
export type RouteObject =
  /** The installation as a whole: only who reaches everything. What a route says nothing of is this. */
  | 'system'
  /** Things of several streams, or of others than streams: the handler leaves out what is out of reach. */
  | 'listing'
  /** The one stream that this parameter of the path names. */
  | { stream: string };

/** Who may call a route. Every route says so; one that does not stops the program from starting. */
export type Access =
  | 'public'
  /** Whoever is signed in, about themselves alone. */
  | 'self'
  | {
      scope: Scope;
      object?: RouteObject;
      /** Requests that need no principal all the same. */
      openTo?: (request: FastifyRequest) => boolean;
      /** `?ticket=` is taken where no credential can be sent: media that an element of a page loads. */
      ticket?: true;
    };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** false: calls are not counted against the limits (media, the page's own files, health). */
    counted?: boolean;
    /** A GET that does something: with a session in a cookie it needs the CSRF token as well. */
    acts?: true;
    /** Pages of other sites may call it with a bearer credential. */
    crossSite?: true;
    /** What the audit log calls it. Without it only calls that change something are written down. */
    audit?: string | false | ((request: FastifyRequest) => string | undefined);
  }
  interface FastifyInstance {
    /** Every route with its policy, as it was declared. */
    declaredRoutes: readonly RouteOptions[];
  }
  interface FastifyRequest {
    principal: Principal | undefined;
    /** The stream whose media the answer is, told by who answers with it; the path of the route need not name it. */
    mediaOf?: string | undefined;
  }
}
