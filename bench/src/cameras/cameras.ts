import { eventually, footage, footageBytes, SyntheticCameras } from '@nightjar/e2e/harness';
import { Product } from '../product/product.ts';
import { prepareClips, SILENT } from '../record/clips.ts';
import { measureWindow, type WindowCost } from '../record/window.ts';
import type { BenchmarkOptions, Goal, Report } from '../report.ts';
import { Film, type SequenceFacts } from './frame-sequence.ts';

const CAMERAS = 30;
const FPS = 30;
const TRANSPORTS = ['tcp', 'udp'] as const;
const START_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 30_000;

interface Row {
  readonly transport: (typeof TRANSPORTS)[number];
  readonly seconds: number;
  readonly cpuMs: number;
  /** Milliseconds; the 99th percentile of the last minute, as the engine tells it. */
  readonly loopDelayP99: number;
  readonly packetsLost: number;
  readonly streams: readonly SequenceFacts[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** One of the figures that Prometheus would scrape, summed over its labels. */
async function scraped(product: Product, name: string): Promise<number> {
  const text = String(await product.api.expect(200, 'GET', '/api/metrics'));
  const values = text.split('\n').filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length]!));
  if (values.length === 0) throw new Error(`${name} is not told`);
  return sum(values.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))));
}

async function measureOnce(transport: Row['transport'], seconds: number, film: Film): Promise<Row> {
  await using cameras = await SyntheticCameras.start({ count: CAMERAS, clip: SILENT, manyWays: true });
  await using product = await Product.start();
  const ids = cameras.urls.map((_, index) => `bench-${index}`);
  for (const [index, source_url] of cameras.urls.entries())
    await product.api.addStream({ id: ids[index]!, source_url, transport, recording: { enabled: true } });
  const bytes = () => Promise.all(ids.map((id) => footageBytes(product.dataDir, id)));
  const all = async () => (await bytes()).every((each) => each > 0);
  await eventually('every stream to record', all, { timeoutMs: START_TIMEOUT_MS });

  const recording = {
    parts: await product.parts(),
    footage: bytes,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const cost: WindowCost = await measureWindow(recording, { warmUpMs: 0, windowMs: seconds * 1000 });
  const loopDelayP99 = 1000 * (await scraped(product, 'nightjar_engine_loop_delay_seconds'));
  const packetsLost = await scraped(product, 'stream_manager_packets_lost');
  for (const id of ids) await product.api.expect(200, 'POST', `/api/streams/${id}/stop`);
  const closed = async (id: string) => (await product.api.recordings(id)).every((file) => file.closed);
  for (const id of ids)
    await eventually(`${id} is closed`, () => closed(id), { timeoutMs: CLOSE_TIMEOUT_MS });

  const streams: SequenceFacts[] = [];
  for (const id of ids) {
    const files = await footage(product.dataDir, id);
    streams.push(await film.sequenceIn(files.map(({ path }) => path)));
  }
  return { transport, seconds: cost.seconds, cpuMs: cost.total.cpuMs, loopDelayP99, packetsLost, streams };
}

function goalsOf(rows: readonly Row[]): Goal[] {
  return rows.map(({ transport, seconds, streams }) => {
    const lost = sum(streams.map((one) => one.lost + one.foreign));
    const least = Math.min(...streams.map(({ frames }) => frames));
    const text = `${CAMERAS} cameras over ${transport}: ${lost} pictures lost (none), ${least} at least recorded of each in ${seconds.toFixed(0)} s`;
    return { text, met: lost === 0 && least >= seconds * FPS };
  });
}

const tableRow = (row: Row): string[] => [
  row.transport,
  row.seconds.toFixed(0),
  String(sum(row.streams.map(({ frames }) => frames))),
  String(sum(row.streams.map(({ lost }) => lost))),
  String(sum(row.streams.map(({ foreign }) => foreign))),
  String(row.packetsLost),
  row.loopDelayP99.toFixed(1),
  row.cpuMs.toFixed(2),
];

/**
 * Thirty cameras of 4 Mbit/s in one engine beside their sources on this machine: every picture of the film that the
 * cameras loop is looked for in the footage by its coded bytes.
 */
export async function camerasBenchmark({ seed, quick }: BenchmarkOptions): Promise<Report> {
  await prepareClips();
  const film = await Film.read(SILENT);
  const rows: Row[] = [];
  for (const transport of TRANSPORTS) rows.push(await measureOnce(transport, quick ? 10 : 60, film));
  const head = [
    'transport',
    'seconds',
    'pictures',
    'lost',
    'foreign',
    'packets lost',
    'loop delay p99 ms',
    'CPU ms/stream-s',
  ];
  return { name: 'cameras', seed, head, table: rows.map(tableRow), rows, goals: goalsOf(rows) };
}
