import { eventually, monotonicMs } from '../harness/eventually.ts';
import { footage } from './footage.ts';

/** Milliseconds until every stream has a file that was not in `known` and holds a whole part or more. */
export async function recordsAgain(
  where: { readonly dataDir: string },
  ids: readonly string[],
  known: ReadonlySet<string>,
  timeoutMs: number,
): Promise<number[]> {
  const began = monotonicMs();
  const newFile = async (id: string) => {
    const files = await footage(where.dataDir, id, known);
    // An init segment alone is well under 4 KiB; a part of video is far more.
    return files.some((file) => file.bytes > 4096) && monotonicMs() - began;
  };
  return Promise.all(
    ids.map((id) => eventually(`${id} to record again`, () => newFile(id), { timeoutMs, everyMs: 25 })),
  );
}
