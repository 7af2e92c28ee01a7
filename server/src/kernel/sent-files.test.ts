import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { sendsFiles } from './sent-files.ts';

const isLoaded = (): boolean =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/@fastify/static/'));

test('what sends files is loaded for the first of them, and sends those that were asked for meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-sent-'));
  const app = fastify();
  sendsFiles(app);
  app.get('/:name', async (request, reply) =>
    reply.sendFile((request.params as { name: string }).name, folder, { maxAge: 0 }),
  );
  try {
    await writeFile(join(folder, 'a.txt'), 'one file');
    await app.ready();
    expect(isLoaded()).toBe(false);
    const get = (url: string, headers = {}) => app.inject({ url, headers });
    const answers = await Promise.all([get('/a.txt'), get('/a.txt'), get('/none.txt')]);
    expect(answers.map(({ statusCode, body }) => [statusCode, statusCode === 200 ? body : ''])).toEqual([
      [200, 'one file'],
      [200, 'one file'],
      [404, ''],
    ]);
    expect(isLoaded()).toBe(true);
    expect((await get('/a.txt', { range: 'bytes=4-7' })).body).toBe('file');
  } finally {
    await app.close();
    await rm(folder, { recursive: true });
  }
});
