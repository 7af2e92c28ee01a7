import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasCode, pathOf } from '../../kernel/index.ts';

/** Paths that belong to programs and not to the page. */
const PROGRAMS = /^\/(api|v2|live|whep|whip|privacy|docs|redoc|health|openapi\.json)(\/|$)/;
/** One or more plain names; nothing hidden, nothing that climbs. */
const FILE = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;

const SCRIPT = /^\/(nightjar-player|assets\/[A-Za-z0-9_.-]+)\.js$/;
const FOR_ALL_SITES = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

const NOT_BUILT = `The web page is not built yet. Build it with:

  npm run build --workspace web

and load this page again. The API is described at /docs.
`;

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

async function sendFile(reply: FastifyReply, path: string, dist: string): Promise<void> {
  // Scripts hold nothing of anybody: pages elsewhere load the player's element from here.
  if (SCRIPT.test(path)) void reply.headers(FOR_ALL_SITES);
  const immutable = path.startsWith('/assets/');
  await reply.code(200).sendFile(path, dist, { maxAge: immutable ? '365d' : 0, immutable });
}

/**
 * Serves the built web page: its files by name, and its index for every other path, which the page itself
 * reads. Answers false for what is not its own.
 */
export function webPage(dist: string): (request: FastifyRequest, reply: FastifyReply) => Promise<boolean> {
  return async (request, reply) => {
    const path = pathOf(request);
    if ((request.method !== 'GET' && request.method !== 'HEAD') || PROGRAMS.test(path)) return false;
    if (FILE.test(path) && (await isFile(join(dist, path)))) {
      await sendFile(reply, path, dist);
      return true;
    }
    if (/\.[A-Za-z0-9]+$/.test(path)) return false;
    if (await isFile(join(dist, 'index.html'))) {
      await reply.code(200).sendFile('index.html', dist, { maxAge: 0 });
    } else {
      await reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    }
    return true;
  };
}
