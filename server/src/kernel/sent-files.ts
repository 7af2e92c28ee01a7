import type { SendOptions } from '@fastify/static';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';

type Send = (this: FastifyReply, path: string, root?: string | SendOptions, options?: SendOptions) => unknown;

/** What sends files, with ranges, conditions and what was compressed beforehand. */
async function loadSend(app: FastifyInstance): Promise<Send> {
  const { default: plugin } = await import('@fastify/static');
  let send: Send | undefined;
  const taker = {
    decorateReply(name: string, decoration: Send) {
      if (name === 'sendFile') send = decoration;
    },
  };
  const told = Object.assign(Object.create(app) as FastifyInstance, taker);
  await (plugin as FastifyPluginAsync<object>)(told, { serve: false, preCompressed: true });
  if (!send) throw new Error('@fastify/static sends no files');
  return send;
}

/** `reply.sendFile`; what does it is loaded for the first file, for it takes 2 MiB and a recorder may never send one. */
export function sendsFiles(app: FastifyInstance): void {
  let loading: Promise<Send> | undefined;
  app.decorateReply('sendFile', function (this: FastifyReply, ...args: Parameters<Send>): FastifyReply {
    loading ??= loadSend(app);
    loading.then(
      (send) => send.call(this, ...args),
      (error: unknown) => this.send(error),
    );
    return this;
  });
}
