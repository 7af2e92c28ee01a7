import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually, ForeignPeer, outputOf } from '@nightjar/e2e/harness';
import { cpuOfThreads, sampleCpu } from '../measure/cpu.ts';
import type { Product } from '../product/product.ts';

/** What some viewers of one stream cost the engine. */
export interface FanOut {
  readonly viewers: number;
  /** RTP packets that reached the viewers, per second in all. */
  readonly packetsPerSecond: number;
  /** CPU milliseconds per second of the whole engine process. */
  readonly engineMs: number;
  /** Milliseconds in which the server answered the simplest of requests meanwhile, each of many. */
  readonly answers: readonly number[];
}

export interface FanOutOptions {
  readonly product: Product;
  readonly streamId: string;
  readonly viewers: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

const CONNECT_MS = 60_000;

/** Connects libdatachannel peers, which decrypt and count what they get, and measures the engine over a window. */
export async function measureFanOut(options: FanOutOptions): Promise<FanOut> {
  const { product, viewers, warmUpMs, windowMs } = options;
  await using peers = new AsyncDisposableStack();
  const watching: ForeignPeer[] = [];
  for (let index = 0; index < viewers; index++) {
    watching.push(peers.use(await connected(options)));
  }
  const flows = () => watching.every(({ packets }) => packets > 0);
  await eventually('every viewer to get packets', flows, { timeoutMs: CONNECT_MS });
  await pause(warmUpMs);
  const { engine = [] } = await product.parts();
  const received = () => watching.reduce((sum, { packets }) => sum + packets, 0);
  const [from, before] = [received(), await sampleCpu(engine)];
  const answers = await answersFor(product.api.base, windowMs);
  const [to, after] = [received(), await sampleCpu(engine)];
  const seconds = (after.at - before.at) / 1000;
  return {
    viewers,
    packetsPerSecond: (to - from) / seconds,
    engineMs: cpuOfThreads(before, after) / seconds,
    answers,
  };
}

/** Milliseconds in which the server answered, each of many, over `windowMs`. */
async function answersFor(base: string, windowMs: number): Promise<number[]> {
  const program = fileURLToPath(new URL('answers-main.ts', import.meta.url));
  const output = await outputOf(process.execPath, [program, `${base}/health`, String(windowMs)], {
    timeoutMs: windowMs + CONNECT_MS,
  });
  return JSON.parse(output.toString()) as number[];
}

async function connected({ product, streamId }: FanOutOptions): Promise<ForeignPeer> {
  const peer = await ForeignPeer.start();
  const response = await fetch(`${product.api.base}/whep/${streamId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.api.token}`, 'content-type': 'application/sdp' },
    body: await peer.offer,
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  peer.answer(await response.text());
  return peer;
}
