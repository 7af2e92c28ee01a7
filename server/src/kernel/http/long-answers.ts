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

/** Ends answers that go on, such as large downloads, when whoever asked for them may not have them any more. */
export function endWithRight(app: FastifyInstance, { clock, reopen, may }: LongAnswersOptions): void {
  /** Those that were there at the last look are long. */
  let long = new Map<FastifyRequest, FastifyReply>();
  const begun = new Map<FastifyRequest, FastifyReply>();
  app.addHook('onRequest', (request, reply, done) => {
    if (request.principal && request.method === 'GET') {
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
      // What was taken over from the framework is looked after by who took it: the engine asks for its viewers.
      if (!begun.has(request) || reply.sent) continue;
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
