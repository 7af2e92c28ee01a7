import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { receiveRoom } from './receive-room.ts';

it.each([
  ['212992\n', 212_992],
  ['4194304\n', 4_194_304],
  ['much', 0],
])('%j is %i bytes', async (text, bytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-room-'));
  await writeFile(join(folder, 'rmem_max'), text);
  expect(await receiveRoom(join(folder, 'rmem_max'))).toBe(bytes);
  expect(await receiveRoom(join(folder, 'none'))).toBe(0);
  await rm(folder, { recursive: true });
});
