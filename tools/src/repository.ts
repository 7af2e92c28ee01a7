import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Repository, SourceFile } from './rules/rule.ts';

const run = promisify(execFile);
const TEXT = /\.(?:[cm]?[jt]sx?|json|md|css|html|sh|ya?ml)$|^nightjar$|^\.ci\/run$/;
const GENERATED = /(?:^|\/)testdata\/|^docs\/reference\/generated\//;

/** Every file git knows or would take in, as paths from `root` with `/`; deleted ones left out. */
async function listFiles(root: string): Promise<string[]> {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const listed = [...new Set(stdout.split('\0'))].filter((path) => path !== '').sort();
  const present = await Promise.all(
    listed.map((path) =>
      stat(join(root, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return listed.filter((_, index) => present[index]);
}

/** Reads the working tree under `root`; generated files and test data are listed but not read. */
export async function readRepository(root: string): Promise<Repository> {
  const paths = await listFiles(root);
  const texts = paths.filter((path) => TEXT.test(path) && !GENERATED.test(path));
  const files = await Promise.all(
    texts.map(
      async (path): Promise<SourceFile> => ({ path, text: await readFile(join(root, path), 'utf8') }),
    ),
  );
  return { paths, files };
}
