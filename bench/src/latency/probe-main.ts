import {
  flvPictures,
  msePictures,
  type PictureSource,
  readParts,
  rtspPictures,
  watchPictures,
} from './frames.ts';
import type { ProbeOrder } from './latency.ts';

/**
 * Reads the camera itself and viewers' ways at the same time, and prints, as JSON, by how many milliseconds each
 * picture came later by the way. In a process of its own, with one clock. The order is the first argument.
 */
const order = JSON.parse(process.argv[2] ?? '{}') as ProbeOrder;
const { streamId, token } = order;
const { hostname: host, port } = new URL(order.base);
const open = { host, port: Number(port), token };
/** Clips loop: the same picture comes again after seconds. */
const FRESH_MS = 4_000;
const seen = new Map<string, number>();
const late: number[] = [];
let counts = false;

const compare = (tail: string): void => {
  const now = performance.now();
  const first = seen.get(tail);
  if (counts && first !== undefined && now - first < FRESH_MS) late.push(now - first);
};

const sources: Record<ProbeOrder['way'], () => PictureSource | undefined> = {
  rtsp: () => rtspPictures(`rtsp://127.0.0.1:${order.rtspPort}/${streamId}`, token),
  flv: () => flvPictures(`/live/${streamId}/stream.flv`, open),
  mse: () => msePictures(`/live/${streamId}/mse`, open),
  hls: () => undefined,
};

const fail = (error: unknown): never => {
  console.error(String(error));
  process.exit(1);
};

watchPictures(rtspPictures(order.camera, ''), (tail) => void seen.set(tail, performance.now())).catch(fail);
const deadline = performance.now() + order.warmUpMs + order.windowMs;
const source = sources[order.way]();
if (source) for (let i = 0; i < order.probes; i++) watchPictures(source, compare).catch(fail);
else {
  const until = (): boolean => performance.now() > deadline;
  readParts(order.base, streamId, token, { until, onPart: compare }).catch(fail);
}
setTimeout(() => {
  counts = true;
}, order.warmUpMs);
setTimeout(() => {
  // A pipe takes long lines in pieces: only when all of it is through is it time to end.
  process.stdout.write(JSON.stringify(late), () => process.exit(0));
}, order.warmUpMs + order.windowMs);
