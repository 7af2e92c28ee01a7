import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorTicket } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import {
  fpsOf,
  MULTIPART_TYPE,
  PictureOptionsError,
  type PictureRooms,
  pictureOptions,
  type StillPlan,
  serveMjpeg,
  TooManyRowsError,
} from '../mjpeg/index.ts';
import { instant } from '../playback/index.ts';
import type { EngineStream } from '../streams/index.ts';
import type { Viewers } from '../viewers/index.ts';
import { VisionError } from '../vision/index.ts';
import { DoorError } from './door-error.ts';
import { originalsGrant } from './originals-grant.ts';

export interface PicturesRequest extends PictureRooms {
  readonly stream: EngineStream;
  /** Behind `/live/{stream_id}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ticket: DoorTicket;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly viewers: Viewers;
  /** Resolves when the stream has tracks; throws DoorError. */
  readonly live: () => Promise<void>;
}

/** Milliseconds between two looks for a first key frame, and how many there are. */
const LOOK = 50;
const LOOKS = 160;

const MJPEG = 'mjpeg';
const SNAPSHOT = 'snapshot.jpg';
const RECORDED = 'still.jpg';
const WAYS: ReadonlyMap<string, (asked: PicturesRequest) => Promise<void>> = new Map([
  [MJPEG, serveLivePictures],
  [SNAPSHOT, serveSnapshot],
  [RECORDED, serveRecorded],
]);

/** Whether a path behind `/live/{stream_id}/` is about pictures. */
export const handlesPictures = (path: string): boolean => WAYS.has(path);

/** Answers a request whose path it handles. Throws DoorError and what `pictureRefusal` knows. */
export function servePictures(asked: PicturesRequest): Promise<void> {
  return WAYS.get(asked.path)!(asked);
}

/** What a viewer is told of an error about pictures; undefined for others. */
export function pictureRefusal(error: unknown): { status: number; message: string } | undefined {
  if (error instanceof PictureOptionsError) return { status: 400, message: error.message };
  const known = error instanceof VisionError || error instanceof TooManyRowsError;
  return known ? { status: 503, message: error.message } : undefined;
}

/** Motion JPEG as a multipart answer. */
async function serveLivePictures(asked: PicturesRequest): Promise<void> {
  const { stream, query, request, response, ticket, signal, clock, viewers, hubs } = asked;
  const wish = { ...pictureOptions(query), fps: fpsOf(query) };
  await asked.live();
  if (signal.aborted) return;
  withPicture(stream);
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'content-type': MULTIPART_TYPE, 'cache-control': 'no-store' }).end();
    return;
  }
  const viewer = viewers.open({
    streamId: ticket.stream_id,
    protocol: 'mjpeg',
    who: ticket.sub,
    address: ticket.address ?? '',
    proof: ticket.grant,
    unblurred: ticket.unblurred,
    close: (reason) => (reason === 'too_slow' ? response.destroy() : response.end()),
  });
  response.once('close', () => viewer.end('left'));
  const hub = hubs.of(stream.id, stream.media);
  try {
    await serveMjpeg({ hub, wish, response, clock, viewer, signal });
  } catch (error) {
    viewer.end('failed');
    if (!signal.aborted) throw error;
  }
}

/**
 * The picture of now as a JPEG: `exact=1` is the newest frame, else the newest key frame serves while it is
 * young.
 */
async function serveSnapshot(asked: PicturesRequest): Promise<void> {
  const { stream, query, request, response, signal, clock, stills } = asked;
  const wish = { ...pictureOptions(query), exact: query.get('exact') === '1' };
  await asked.live();
  if (signal.aborted) return;
  withPicture(stream);
  const find = (): StillPlan | undefined => stills.plan(stream.id, stream.media, wish);
  const plan = await firstPlan(find, clock, signal);
  if (signal.aborted) return;
  if (!plan) throw new DoorError(503, 'the stream has no picture yet');
  const etag = `"${plan.tag}"`;
  const common = {
    // Whoever keeps it asks again: a camera's picture is another one each time.
    'cache-control': 'private, no-cache',
    etag,
    'last-modified': new Date(plan.arrival).toUTCString(),
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, common).end();
    return;
  }
  const { jpeg, arrival } = await plan.make();
  response.writeHead(200, {
    ...common,
    'content-type': 'image/jpeg',
    'content-length': jpeg.length,
    'x-picture-time': new Date(arrival).toISOString(),
  });
  response.end(request.method === 'HEAD' ? undefined : jpeg);
}

/**
 * The picture of footage at the instant that `time` names, as a JPEG; `near=1`: see `RecordedStills`, and
 * `x-picture-near` says that it was so.
 */
async function serveRecorded({
  stream,
  query,
  request,
  response,
  ticket,
  recorded,
}: PicturesRequest): Promise<void> {
  const options = { ...pictureOptions(query), near: query.get('near') === '1' };
  const originals = originalsGrant(ticket);
  const of = { streamId: ticket.stream_id, coveredOnly: stream.privacy !== undefined, originals };
  const still = await recorded.at(of, instant(query, 'time'), options);
  response.writeHead(200, {
    'content-type': 'image/jpeg',
    'content-length': still.jpeg.length,
    // What was recorded stays as it is, as long as it stays; of an original no copy is left behind.
    'cache-control': originals === undefined ? 'private, max-age=300' : 'private, no-store',
    'x-picture-time': new Date(still.utc).toISOString(),
    ...(still.near ? { 'x-picture-near': '1' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : still.jpeg);
}

function withPicture({ media }: EngineStream): void {
  if (!media.tracks.some(({ kind }) => kind === 'video'))
    throw new DoorError(404, 'the stream has no picture');
}

async function firstPlan(
  find: () => StillPlan | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<StillPlan | undefined> {
  for (let look = 0; look < LOOKS && !signal.aborted; look++) {
    const plan = find();
    if (plan) return plan;
    await new Promise<void>((resolve) => void clock.after(LOOK, resolve));
  }
  return find();
}
