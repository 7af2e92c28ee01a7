import { eventually, footageBytes, Installation } from '@nightjar/e2e/harness';
import type { Contender, Recording } from './contender.ts';

const START_TIMEOUT_MS = 30_000;

/** This product, as `./nightjar start` runs it: server and engine, index and live parts included. */
export const nightjar: Contender = {
  name: 'nightjar',
  async record(urls): Promise<Recording> {
    const installation = await Installation.start();
    const ids = urls.map((_, index) => `bench-${index}`);
    const footage = () => Promise.all(ids.map((id) => footageBytes(installation.dataDir, id)));
    try {
      for (const [index, url] of urls.entries()) {
        await installation.api.addStream({
          id: ids[index]!,
          source_url: url,
          recording: { enabled: true },
        });
      }
      const all = async () => (await footage()).every((bytes) => bytes > 0);
      await eventually('every stream to record', all, { timeoutMs: START_TIMEOUT_MS });
    } catch (error) {
      const logs = installation.logs();
      await installation[Symbol.asyncDispose]();
      throw new Error(`nightjar did not record: ${String(error)}\n${logs}`, { cause: error });
    }
    return {
      parts: { engine: [installation.engine.pid], server: [installation.server.pid] },
      footage,
      [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
    };
  },
};
