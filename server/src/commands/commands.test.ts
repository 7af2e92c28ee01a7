import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataDir, TestServer } from '../testing/index.ts';

const run = promisify(execFile);
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** What a command says, and how it ends. */
async function command(name: string, ...given: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, NIGHTJAR_DATA_DIR: dataDir };
  const program = join(import.meta.dirname, `${name}.ts`);
  try {
    const { stdout } = await run(process.execPath, [program, ...given], { env });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

test('audit verify reads the chain, and says where it breaks', async () => {
  await using server = await TestServer.start({ dataDir });
  for (const id of ['a', 'b', 'c']) {
    await server.expect(201, 'POST', '/api/streams', { id, source_url: 'rtsp://10.0.0.5/x' });
  }
  await server.close();
  expect(await command('audit-verify')).toEqual({ code: 0, said: '3 entries, nothing amiss\n' });

  const database = new DatabaseSync(join(dataDir, 'nightjar.db'));
  database.exec("drop trigger audit_log_is_append_only; update audit_log set actor = 'other' where id = 2");
  database.close();
  expect(await command('audit-verify')).toEqual({
    code: 1,
    said: '1 entries hold, then at entry 2: an entry is not what was written\n',
  });
});

test('db copy wants to know where to', async () => {
  const { code, said } = await command('db-copy');
  expect(code).toBe(78);
  expect(said).toContain('name the server to copy to');
});
