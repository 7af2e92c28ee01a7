import { eventually, footageBytes } from '@nightjar/e2e/harness';
import { Product } from '../product/product.ts';
import type { Contender, Recording } from './contender.ts';

const START_TIMEOUT_MS = 30_000;

/** This product with everything it does for a recorded camera: index and live parts included. */
export const nightjar: Contender = {
  name: 'nightjar',
  async record(urls, transport): Promise<Recording> {
    const product = await Product.start();
    const ids = urls.map((_, index) => `bench-${index}`);
    const footage = () => Promise.all(ids.map((id) => footageBytes(product.dataDir, id)));
    try {
      for (const [index, source_url] of urls.entries()) {
        await product.api.addStream({ id: ids[index]!, source_url, transport, recording: { enabled: true } });
      }
      const all = async () => (await footage()).every((bytes) => bytes > 0);
      await eventually('every stream to record', all, { timeoutMs: START_TIMEOUT_MS });
      return {
        parts: await product.parts(),
        footage,
        [Symbol.asyncDispose]: () => product[Symbol.asyncDispose](),
      };
    } catch (error) {
      const { output } = product;
      await product[Symbol.asyncDispose]();
      throw new Error(`nightjar did not record: ${String(error)}\n${output}`, { cause: error });
    }
  },
};
