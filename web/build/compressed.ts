import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(?:js|css|html|svg|webmanifest)$/;
/** Below it a packet is no smaller. Bytes. */
const LEAST = 1_024;
/** The highest takes ten times as long for a hundredth less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const brotlied = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Beside each file of text the same one compressed, which the server hands out: browsers on plain HTTP take gzip alone. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'nightjar-compressed',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(
        names
          .filter((name) => TEXT.test(name))
          .map(async (name) => {
            const path = join(folder, name);
            const text = await readFile(path);
            if (text.length < LEAST) return;
            await writeFile(`${path}.br`, await brotlied(text, BROTLI));
            await writeFile(`${path}.gz`, await gzipped(text, { level: 9 }));
          }),
      );
    },
  };
}
