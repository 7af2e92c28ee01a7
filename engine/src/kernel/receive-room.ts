import { readFile } from 'node:fs/promises';

/** Most bytes that this system keeps for a socket until they are read (Linux, socket(7)); 0 where it does not say. */
export async function receiveRoom(file = '/proc/sys/net/core/rmem_max'): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '0');
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) ? bytes : 0;
}
