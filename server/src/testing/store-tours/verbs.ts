import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SERVER = new URL('../../', import.meta.url).pathname;

type Verbs = Record<string, (...given: never[]) => unknown>;
const isStore = (name: string, value: unknown): value is Verbs =>
  name.endsWith('Store') && typeof value === 'object' && value !== null;

/** Every store of every room, by its name: the objects called `…Store` of files called `store` or `…-store`. */
async function stores(): Promise<[name: string, store: Verbs][]> {
  const paths = (await readdir(SERVER, { recursive: true })).filter(
    (path) => /(^|[/-])store\.ts$/.test(path) && !path.includes('testing'),
  );
  const modules = await Promise.all(
    paths.map((path) => import(join(SERVER, path)) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) =>
    Object.entries(module).filter((entry): entry is [string, Verbs] => isStore(...entry)),
  );
}

/** Notes which verbs of all stores are called from now on; the answer names those that were not. */
export async function watchVerbs(): Promise<{ all: number; unused: () => string[] }> {
  const unused = new Set<string>();
  let all = 0;
  for (const [name, store] of await stores()) {
    for (const [verb, call] of Object.entries(store)) {
      const full = `${name}.${verb}`;
      all += 1;
      unused.add(full);
      store[verb] = (...given: never[]) => {
        unused.delete(full);
        return call.apply(store, given);
      };
    }
  }
  return { all, unused: () => [...unused].toSorted() };
}
