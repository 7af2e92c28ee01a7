import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** The partners' client and mediasoup-client, as one script that sets `partner`. */
export const partnerBundle = (): Promise<string> => bundle('./client-entry.ts', 'partner');

/** mediasoup-client as it is published, as one script that sets `mediasoupClient`. */
export const mediasoupBundle = (): Promise<string> => bundle('./mediasoup-entry.ts', 'mediasoupClient');

async function bundle(path: string, name: string): Promise<string> {
  const entry = fileURLToPath(new URL(path, import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name, fileName: name } },
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as { output: { code: string }[] };
  return `${output[0]!.code};globalThis.${name} = ${name};`;
}
