import { createRequire } from 'node:module';
import type { Detector, InferenceDevice } from '@nightjar/contract';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { rowsOf } from '../detect/index.ts';
import { Input, type Laid } from './input.ts';

type Runtime = typeof import('onnxruntime-node');

/** A network that cannot be used, or a machine that cannot run one; words for people. */
export class ModelError extends Error {}

/** What a network answered to one picture. */
export interface Answer {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Milliseconds spent. */
export interface Spent {
  run: number;
  copy: number;
}

/** Pictures a run where the network takes several. */
const MAX_BATCH = 4;
/** Only errors are written. */
const LOG_ERRORS = 3;

let loaded: Runtime | ModelError | undefined;

/** Reads the package now: later it may not be possible. This is the only place that knows it; it may be missing. */
export function loadRuntime(): void {
  try {
    loaded ??= createRequire(import.meta.url)('onnxruntime-node') as Runtime;
  } catch (error) {
    loaded = new ModelError(
      `onnxruntime cannot be loaded: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Throws ModelError. */
function runtime(): Runtime {
  loadRuntime();
  if (!loaded || loaded instanceof ModelError) throw loaded ?? new ModelError('onnxruntime cannot be loaded');
  return loaded;
}

/** One network in memory. Runs follow one another. */
export class Model {
  readonly detector: Detector;
  /** What runs it: the wanted device, or the processor. */
  readonly device: InferenceDevice;
  /** Pictures that it takes at once. */
  readonly batch: number;
  readonly #session: InferenceSession;
  readonly #runtime: Runtime;
  readonly #input: Input;

  private constructor(
    detector: Detector,
    {
      session,
      runtime: from,
      device,
    }: { session: InferenceSession; runtime: Runtime; device: InferenceDevice },
  ) {
    this.detector = detector;
    this.device = device;
    this.#session = session;
    this.#runtime = from;
    this.batch = batchOf(session, detector);
    this.#input = new Input(detector.width, detector.height, this.batch);
  }

  /** `bytes`: of its file, where that may not be read here. Throws ModelError. */
  static async open(detector: Detector, bytes?: Uint8Array): Promise<Model> {
    const from = runtime();
    const opened = await openOn(from, detector, bytes ?? detector.file);
    try {
      return new Model(detector, { ...opened, runtime: from });
    } catch (error) {
      await opened.session.release();
      throw error;
    }
  }

  /** Answers in the order of the pictures, `batch` of them at most. Throws ModelError. */
  async run(pictures: readonly Laid[], spent: Spent): Promise<Answer[]> {
    const began = performance.now();
    const { width, height } = this.detector;
    for (const [i, picture] of pictures.entries()) {
      if (!this.#input.lay(picture, i))
        throw new ModelError(`a picture of ${picture.data.length} bytes, which does not fit`);
    }
    const data = this.#input.numbers.subarray(0, pictures.length * this.#input.size);
    const input = new this.#runtime.Tensor('float32', data, [pictures.length, 3, height, width]);
    const running = performance.now();
    const outputs = await this.#session
      .run({ [this.#session.inputNames[0]!]: input })
      .catch((error: unknown) => {
        throw new ModelError(`the network failed: ${error instanceof Error ? error.message : error}`);
      });
    spent.run += performance.now() - running;
    spent.copy += running - began;
    return this.#answers(outputs[this.#session.outputNames[0]!], pictures.length);
  }

  async free(): Promise<void> {
    await this.#session.release();
  }

  #answers(tensor: Tensor | undefined, count: number): Answer[] {
    if (!tensor || !(tensor.data instanceof Float32Array))
      throw new ModelError('its first output is not of 32-bit numbers');
    const dims = [1, ...tensor.dims.slice(1)];
    const { layout, classes } = this.detector;
    const rows = rowsOf(dims, { layout, classes: classes.length, kinds: [], least: 1 });
    if (!rows || tensor.dims[0] !== count)
      throw new ModelError(
        `it answers [${tensor.dims.join(', ')}], which is not ${layout} with ${classes.length} classes`,
      );
    const length = tensor.data.length / count;
    const { data } = tensor;
    return Array.from({ length: count }, (_, i) => ({
      dims,
      data: data.subarray(i * length, (i + 1) * length),
    }));
  }
}

const offers = ({ listSupportedBackends }: Runtime, device: string): boolean =>
  listSupportedBackends().some(({ name }) => name === device);

/** On the wanted device where there is one that takes the network, else on the processor. Throws ModelError. */
export async function openOn(
  from: Pick<Runtime, 'InferenceSession' | 'listSupportedBackends'>,
  { device, threads }: Pick<Detector, 'device' | 'threads'>,
  file: string | Uint8Array,
): Promise<{ session: InferenceSession; device: InferenceDevice }> {
  const open = (executionProviders: string[]): Promise<InferenceSession> =>
    // Two signatures, one for paths and one for bytes.
    from.InferenceSession.create(file as string, {
      executionProviders,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: LOG_ERRORS,
    });
  if (device !== 'cpu' && offers(from as Runtime, device)) {
    // What the device cannot do of it is done by the processor.
    const session = await open([device, 'cpu']).catch(() => undefined);
    if (session) return { session, device };
  }
  const session = await open(['cpu']).catch((error: unknown) => {
    throw new ModelError(`the file cannot be used: ${error instanceof Error ? error.message : error}`);
  });
  return { session, device: 'cpu' };
}

/** Throws ModelError for a network that does not take pictures of this size. */
function batchOf({ inputMetadata, inputNames }: InferenceSession, { width, height }: Detector): number {
  const input = inputMetadata[0];
  if (inputNames.length !== 1 || !input?.isTensor) throw new ModelError('it has not one input');
  if (input.type !== 'float32') throw new ModelError(`it takes ${input.type}, not 32-bit numbers`);
  const [first, ...rest] = input.shape;
  const free = (dim: number | string | undefined): boolean => typeof dim === 'string' || Number(dim) <= 0;
  const fits = [3, height, width].every((wanted, i) => free(rest[i]) || rest[i] === wanted);
  if (rest.length !== 3 || !fits || (!free(first) && first !== 1))
    throw new ModelError(`it takes [${input.shape.join(', ')}], not [1, 3, ${height}, ${width}]`);
  return free(first) ? MAX_BATCH : 1;
}
