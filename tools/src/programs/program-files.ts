import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

/** A module that is started as a worker or a process of its own. */
const PLACE = /new URL\(\s*'(\.{1,2}\/[^']+\.ts)',\s*import\.meta\.url,?\s*\)/g;

/** Makes `new URL('./worker.ts', import.meta.url)` name a file of the build. */
export function programFiles(): Plugin {
  return {
    name: 'program-files',
    transform(code, id) {
      if (!code.includes('new URL(')) return undefined;
      return code.replaceAll(PLACE, (_, path: string) => {
        const file = this.emitFile({ type: 'chunk', id: join(dirname(id), path), name: nameOf(path) });
        return `new URL(import.meta.ROLLUP_FILE_URL_${file})`;
      });
    },
  };
}

/** `../../vision/src/main.ts` is called vision. */
function nameOf(path: string): string {
  const [name, ...above] = path.replace(/\.ts$/, '').split('/').reverse();
  const room = above.find((part) => part !== 'src' && part !== '..' && part !== '.');
  return name === 'main' && room ? room : name!;
}
