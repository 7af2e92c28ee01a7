import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Principal } from './principal.ts';

/** Milliseconds between two looks: a right that is lost is noticed well within 5 s. */
const LOOK_MS = 2_000;

export interface LongAnswersOptions {
  clock: Pick<Clock, 'every'>;
  /** What somebody who was identified before may do now; undefined when they may not come in any more. */
  reopen: (principal: Principal) => Promise<Principal | undefined>;
  /** Whether they may have what the request asked for. */
  may: (request: FastifyRequest, principal: Principal | undefined) => boolean;
}

/**
 * Ends answers that go on, such as large downloads, when whoever asked for them may not have them any more. Answers
 * that were taken over from the framework are looked after by who took them: the engine asks for its viewers.
 */
export function endWithRight(app: FastifyInstance, { clock, reopen, may }: LongAnswersOptions): void {
  /** Those that were there at the last look are long. */
  let long = new Map<FastifyRequest, FastifyReply>();
  const begun = new Map<FastifyRequest, FastifyReply>();
  // Only what is piped can take long; to remember every call costs a quarter of what a short one does.
  app.addHook('onSend', (request, reply, payload, done) => {
    if (payload instanceof Readable && request.principal && request.method === 'GET') {
      begun.set(request, reply);
      reply.raw.once('close', () => begun.delete(request));
    }
    done();
  });
  const look = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const now = request.principal && (await reopen(request.principal));
    if (!may(request, now)) reply.raw.destroy();
  };
  const stop = clock.every(LOOK_MS, () => {
    for (const [request, reply] of long) {
      if (!begun.has(request)) continue;
      look(request, reply).catch((error: unknown) => {
        request.log.error({ err: error }, 'a right could not be checked');
        reply.raw.destroy();
      });
    }
    long = new Map(begun);
  });
  app.addHook('onClose', (_app, done) => {
    stop();
    done();
  });
}
