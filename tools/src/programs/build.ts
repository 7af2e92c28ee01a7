import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

/** Rooms that run as programs of their own; each has its `src/main.ts`. */
const PROGRAMS = ['engine', 'server'];
/**
 * Packages made into the program: it uses a small part of them, and takes less memory without the rest. What uses zod
 * is among them, so that there is one zod.
 */
const MADE_IN = /^(kysely|zod|fastify-type-provider-zod)(\/|$)/;
/** Commands of the launcher, which run from their sources but where nothing but what was built is there. */
const COMMANDS = [
  ['engine', 'verify'],
  // Beside the others: what it opens the settings with finds the reference from there.
  ['server', 'verify', 'commands/verify'],
  ['server', 'commands/db-copy'],
  ['server', 'commands/audit-verify'],
  ['server', 'commands/verify-export'],
] as const;
/** What they are made from, and what makes them. */
const SOURCES = ['media/src', 'contract/src', 'vision/src', 'engine/src', 'server/src', 'tools/src/programs'];
const STAMP = 'server/dist/.nightjar-built';
/** Milliseconds for which the parts of an earlier build stay: programs that run may still load one. */
const KEEP_OLD_MS = 24 * 3_600_000;

/**
 * Makes `engine/dist/main.js` and `server/dist/main.js` from our own modules, each in one file but for what is
 * loaded on demand; packages stay where npm put them. Does nothing when the sources are those of the last time.
 * True when something was made.
 */
export async function buildPrograms(root: string): Promise<boolean> {
  const sum = await sumOf(root);
  const before = await readFile(join(root, STAMP), 'utf8').catch(absent);
  if (before === sum) return false;
  for (const room of PROGRAMS) await build(root, room, 'main');
  await writeWhole(join(root, STAMP), sum);
  return true;
}

/** Makes the commands of the launcher as well, beside the programs, for an image that has no sources. */
export async function buildCommands(root: string): Promise<void> {
  for (const [room, source, name = source] of COMMANDS) await build(root, room, name, source);
}

/** `src/{source}.ts` of a room becomes `dist/{name}.js`. */
async function build(root: string, room: string, name: string, source = name): Promise<void> {
  // Loaded when it is needed: a start that builds nothing must not wait for it.
  const { rolldown } = await import('rolldown');
  const { ownBuiltins } = await import('./own-builtins.ts');
  const { plainFields } = await import('./plain-fields.ts');
  const { programFiles } = await import('./program-files.ts');
  const { shapesAtFirstUse } = await import('./shapes-at-first-use.ts');
  const bundle = await rolldown({
    input: { [name]: join(root, room, `src/${source}.ts`) },
    cwd: root,
    platform: 'node',
    external: (id) => !/^(\0|\.|\/|@nightjar\/)/.test(id) && !MADE_IN.test(id) && !isBuiltin(id),
    plugins: [
      ownBuiltins(),
      plainFields(root),
      programFiles(),
      // The engine uses most of its few.
      ...(room === 'server' ? [shapesAtFirstUse()] : []),
    ],
    treeshake: { propertyReadSideEffects: false },
    logLevel: 'warn',
  });
  const folder = join(root, room, 'dist');
  await mkdir(folder, { recursive: true });
  const { output } = await bundle.generate({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
    minify: false,
  });
  const files = output.flatMap((file) => (file.type === 'chunk' ? [file] : []));
  // The beginning last: it names the others.
  const isFirst = ({ fileName }: { fileName: string }): number => (fileName === `${name}.js` ? 1 : 0);
  files.sort((a, b) => isFirst(a) - isFirst(b));
  for (const { fileName, code } of files) await writeWhole(join(folder, fileName), inLatin(code));
  await removeOld(folder, new Set(files.map(({ fileName }) => fileName)));
}

/** With escapes for all beyond Latin-1: for one character of another script V8 keeps the source at twice the size. */
function inLatin(code: string): string {
  return code.replace(/[\u0100-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Programs that start at this moment see the old file or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(half, text);
  await rename(half, path);
}

async function removeOld(folder: string, made: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.js') || made.has(name)) continue;
    const path = join(folder, name);
    if (Date.now() - (await stat(path)).mtimeMs > KEEP_OLD_MS) await rm(path, { force: true });
  }
}

/** Of all sources and of the versions of the packages, tests left out. */
async function sumOf(root: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(await readFile(join(root, 'package-lock.json')));
  for (const source of SOURCES) {
    const names = await readdir(join(root, source), { recursive: true });
    for (const name of names.filter((each) => each.endsWith('.ts') && !each.endsWith('.test.ts')).sort()) {
      hash.update(`\0${source}/${name}\0`).update(await readFile(join(root, source, name)));
    }
  }
  return hash.digest('hex');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
