import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ENTRY = fileURLToPath(new URL('./client-entry.ts', import.meta.url));

/** The partners' client and mediasoup-client, as one script that sets `partner`. */
export async function partnerBundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: ENTRY, formats: ['iife'], name: 'partner', fileName: 'partner' },
    },
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as { output: { code: string }[] };
  return `${output[0]!.code};globalThis.partner = partner;`;
}
