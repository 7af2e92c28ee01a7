import type { Plugin } from 'vite';

/** What everybody needs, whatever page is opened: fetched beside the first script, not after it was read. */
const FIRST = ['app/root.tsx'];

type Chunk = { type: 'chunk'; fileName: string; facadeModuleId: string | null; imports: readonly string[] };

/** Names in the page's HTML the chunks that its first script asks for, with all that they import. */
export function ahead(): Plugin {
  return {
    name: 'nightjar-ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((one) => one.type === 'chunk') as unknown as Chunk[];
        const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
        const found = new Set<string>();
        const add = (chunk: Chunk | undefined): void => {
          if (chunk === undefined || found.has(chunk.fileName)) return;
          found.add(chunk.fileName);
          for (const name of chunk.imports) add(byName.get(name));
        };
        for (const path of FIRST) add(chunks.find((chunk) => chunk.facadeModuleId?.endsWith(`/src/${path}`)));
        return [...found]
          .filter((name) => !html.includes(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` },
            injectTo: 'head' as const,
          }));
      },
    },
  };
}
