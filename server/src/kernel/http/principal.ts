import type { Scope } from '@nightjar/contract';
import type { FastifyRequest } from 'fastify';

/** Who is calling, whatever the surface; what they may do is decided by scopes alone. */
export interface Principal {
  kind: 'person' | 'api_token';
  id: string;
  scopes: readonly Scope[];
}

/** Who may call a route. Every route says so; one that does not stops the program from starting. */
export type Access =
  | 'public'
  | {
      scope: Scope;
      /** Requests that need no principal all the same. */
      openTo?: (request: FastifyRequest) => boolean;
    };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** false: calls are not counted against the limits (media, the page's own files, health). */
    counted?: boolean;
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}
