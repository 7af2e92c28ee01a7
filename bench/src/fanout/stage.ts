import { eventually, SyntheticCameras } from '@nightjar/e2e/harness';
import { Product } from '../product/product.ts';
import { SILENT } from '../record/clips.ts';
import { STREAM } from './ways.ts';

const NEVER_LIVE_MS = 20_000;

/** The product with one camera of 4 Mbit/s, live. */
export class Stage implements AsyncDisposable {
  readonly product: Product;
  /** Of the engine and the server. */
  readonly pids: readonly number[];
  readonly #cameras: SyntheticCameras;

  private constructor(product: Product, pids: readonly number[], cameras: SyntheticCameras) {
    this.product = product;
    this.pids = pids;
    this.#cameras = cameras;
  }

  static async open(): Promise<Stage> {
    const cameras = await SyntheticCameras.start({ count: 1, clip: SILENT });
    const product = await Product.start();
    await product.api.addStream({ id: STREAM, source_url: cameras.urls[0]! });
    const live = async () => (await product.api.stream(STREAM)).state === 'live';
    await eventually('the stream to be live', live, { timeoutMs: NEVER_LIVE_MS });
    const { engine = [], server = [] } = await product.parts();
    return new Stage(product, [...engine, ...server], cameras);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.product[Symbol.asyncDispose]();
    await this.#cameras[Symbol.asyncDispose]();
  }
}
