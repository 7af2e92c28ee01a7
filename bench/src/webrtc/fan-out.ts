import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
  /** Milliseconds by which the server's event loop was late meanwhile, at the 99th percentile. */
  readonly loopLate: number;
}

/** For the environment of a product that is measured: its programs tell how late their event loops are. */
export const LOOP_PROBE = { NODE_OPTIONS: `--import=${new URL('loop-probe.ts', import.meta.url).href}` };

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
  const { engine = [], server = [] } = await product.parts();
  await loopLate(product, server[0]!);
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
    loopLate: await loopLate(product, server[0]!),
  };
}

/** What the probe in a program says of the time since the last call. */
async function loopLate({ dataDir }: Product, pid: number): Promise<number> {
  const file = join(dataDir, `loop-${pid}`);
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  const told = async () => (await readFile(file, 'utf8')) || undefined;
  return Number(await eventually('the loop probe to tell', told, { timeoutMs: CONNECT_MS }));
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
