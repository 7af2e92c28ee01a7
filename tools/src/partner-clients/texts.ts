import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { contractShapes } from './contract.ts';
import { pythonText } from './python.ts';
import { typescriptText } from './typescript.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** As the house formats it. */
function formatted(text: string, path: string): Promise<string> {
  return new Promise((done, failed) => {
    const program = join(ROOT, 'node_modules/.bin/biome');
    const biome = execFile(
      program,
      ['format', `--stdin-file-path=${path}`],
      { cwd: ROOT },
      (error, output) => {
        if (error) failed(error);
        else done(output);
      },
    );
    biome.stdin?.end(text);
  });
}

/** The files that are written from the contract, by their paths. */
export async function clientTexts(): Promise<{ path: string; text: string }[]> {
  const shapes = contractShapes();
  const typescript = 'clients/typescript/src/shapes.ts';
  return [
    { path: join(ROOT, typescript), text: await formatted(typescriptText(shapes), typescript) },
    { path: join(ROOT, 'clients/python/nightjar_shapes.py'), text: pythonText(shapes) },
  ];
}
