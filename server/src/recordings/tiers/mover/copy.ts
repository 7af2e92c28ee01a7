import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cargo } from '../place.ts';
import type { Budget } from './budget.ts';
import { digestOf } from './digest.ts';
import { MoveError, type Task } from './messages.ts';
import { openPlace } from './open-place.ts';
import type { Known, Pace, Place } from './place.ts';

type Copy = Extract<Task, { kind: 'copy' }>;

/** Copies a file from one place to another within `budget`; answers with its digest. The original stays. */
export async function copyFile({ from, to, cargo, pace, scratch }: Copy, budget: Budget): Promise<string> {
  const [source, target] = [openPlace(from), openPlace(to)];
  const limit: Pace = (bytes) => budget.take(bytes, pace);
  try {
    const path = source.path(cargo);
    if (path === undefined) return await overScratch({ source, target, cargo, limit, scratch });
    const known = await checked(path, cargo);
    await target.put(path, known, limit);
    return known.sha256;
  } finally {
    source.close();
    target.close();
  }
}

/** Reads the original once before it is sent: what has rotted on disk must not pass for a good copy. */
async function checked(path: string, cargo: Cargo): Promise<Known> {
  const found = await digestOf(createReadStream(path, { highWaterMark: 1024 * 1024 })).catch(
    (error: unknown) => {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new MoveError(gone ? 'missing' : 'store', gone ? 'the file is gone' : 'the file cannot be read', {
        cause: error,
      });
    },
  );
  return agreed(found, cargo);
}

function agreed({ sha256, bytes }: { sha256: string; bytes: number }, cargo: Cargo): Known {
  if (bytes !== cargo.bytes)
    throw new MoveError('damaged', `the file has ${bytes} bytes, and ${cargo.bytes} were recorded`);
  if (cargo.sha256 !== null && sha256 !== cargo.sha256)
    throw new MoveError('damaged', 'the bytes of the file are not those that were recorded');
  return { ...cargo, sha256 };
}

interface OverScratch {
  source: Place;
  target: Place;
  cargo: Cargo;
  limit: Pace;
  scratch: string;
}

async function overScratch({ source, target, cargo, limit, scratch }: OverScratch): Promise<string> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const path = join(scratch, `${cargo.streamId}-${cargo.filename}`);
  try {
    const known = agreed(await fetched(source, cargo, { path, limit }), cargo);
    await target.put(path, known, limit);
    return known.sha256;
  } finally {
    await rm(path, { force: true });
  }
}

async function fetched(source: Place, cargo: Cargo, { path, limit }: { path: string; limit: Pace }) {
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of (await source.read(cargo)) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.appendFile(chunk);
      await limit(chunk.length);
    }
  } catch (error) {
    throw error instanceof MoveError
      ? error
      : new MoveError('store', 'the store broke off', { cause: error });
  } finally {
    await file.close();
  }
  // A store that breaks off early gave less than it has.
  if (bytes < cargo.bytes) throw new MoveError('store', `the store gave ${bytes} bytes of ${cargo.bytes}`);
  return { sha256: hash.digest('hex'), bytes };
}
