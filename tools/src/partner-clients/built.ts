import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runProgram } from '../program.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CLIENT = join(ROOT, 'clients/typescript');
const LIMIT_MS = 120_000;

/** Types and code of the TypeScript client into a folder, as a package that needs no other. Throws what tsc says. */
export async function buildClient(folder: string): Promise<void> {
  const project = join(CLIENT, 'tsconfig.build.json');
  const command = [join(ROOT, 'node_modules/.bin/tsc'), '-p', project, '--outDir', folder] as const;
  const { code, output } = await runProgram(command, { cwd: ROOT, limitMs: LIMIT_MS });
  if (code !== 0) throw new Error(output);
  const { private: _, ...about } = JSON.parse(await readFile(join(CLIENT, 'package.json'), 'utf8'));
  const exports = { '.': { types: './index.d.ts', default: './index.js' } };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ ...about, exports }, null, 2)}\n`);
  await copyFile(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}
