import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AudioFormat, VideoFormat } from '@nightjar/media/codecs';
import {
  formatMediaPlaylist,
  formatMultivariant,
  isReady,
  parseReload,
  ReloadError,
  type Variant,
  withQuery,
} from '@nightjar/media/hls';
import { initSegment } from '@nightjar/media/mp4';
import type { FrameRanges } from '@nightjar/media/stream';
import { type LiveWindow, liveEdge, livePlaylist, playableTracks, type Rendition } from '../../live/index.ts';
import type { EngineStream } from '../../streams/index.ts';
import { DoorError } from '../door-error.ts';
import { type Rewinds, rewindOf, secondsBack } from './rewinding.ts';
import { checkTs, tsMultivariant, tsPlaylist, tsSegmentOf } from './ts.ts';

/** What is watched: a stream, or a rendition made of one. */
export type HlsStream = Pick<
  EngineStream,
  'id' | 'privacy' | 'writing' | 'live' | 'media' | 'frameRate' | 'observed'
>;

export interface HlsRequest {
  readonly stream: HlsStream;
  /** Footage that stands before what is in memory. */
  readonly rewinds: Rewinds;
  /** Behind `/live/{stream_id}/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What can be chosen beside the stream itself. */
  readonly more?: (own: Variant) => readonly Variant[];
  /** The viewer went away. */
  readonly signal: AbortSignal;
}

/** Milliseconds a stream without media yet, and a reload or part to come, are waited for. */
const FIRST_MEDIA = 8_000;
const NEXT_PART = 10_000;
const FIRST_SEGMENT = 10_000;
/** What transport packets add at most. */
const TS_OVERHEAD = 1.1;

/** Query of our player's playlists: parts are enough for it. */
const JOIN_NOW = 'join=now';

const PLAYLIST = 'application/vnd.apple.mpegurl';
const RESOURCE = /^(video|audio)\/(?:init-(past-)?(\d{1,9})\.mp4|(\d{1,12})(?:\.(\d{1,6}))?\.m4s)$/;

/** Low-latency HLS of one stream: playlists, init segments, segments and parts, from memory. */
export async function serveHls(hls: HlsRequest): Promise<void> {
  const window = hls.stream.live();
  window.touch();
  if (hls.path === 'index.m3u8') return multivariant(hls, window);
  if (hls.path === 'video.m3u8') return media(hls, window, 'video');
  if (hls.path === 'audio.m3u8') return media(hls, window, 'audio');
  if (hls.path.startsWith('ts/')) return classic(hls, window);
  const match = RESOURCE.exec(hls.path);
  if (!match) throw new DoorError(404, 'no such path');
  const [, kind, past, generation, msn, part] = match as unknown as [
    string,
    'video' | 'audio',
    string?,
    string?,
    string?,
    string?,
  ];
  if (past !== undefined) return pastInit(hls, window, Number(generation));
  if (generation !== undefined) return init(hls, window, kind, Number(generation));
  if (part !== undefined) return livePart(hls, window, kind, Number(msn), Number(part));
  return segment(hls, window, kind, Number(msn));
}

async function multivariant(hls: HlsRequest, window: LiveWindow): Promise<void> {
  await firstMedia(hls, window);
  const { video, audio } = window;
  const sound = audio?.track.format as AudioFormat | undefined;
  const picture = video?.track.format as VideoFormat | undefined;
  const bandwidth = peak(video) + peak(audio);
  const query = joinsNow(hls) ? `?${JOIN_NOW}` : '';
  const uri = `${video ? 'video.m3u8' : 'audio.m3u8'}${query}`;
  const separate = video && sound;
  const own: Variant = {
    uri,
    bandwidth,
    codecs: [picture, sound].flatMap((format) => (format ? [format.codecString] : [])),
    ...(picture ? { resolution: { width: picture.width, height: picture.height } } : {}),
    ...(hls.stream.frameRate > 0 ? { frameRate: hls.stream.frameRate } : {}),
    ...(separate ? { audioGroup: 'sound' } : {}),
  };
  const text = formatMultivariant({
    variants: [own, ...(hls.more?.(own) ?? [])],
    audio: separate
      ? [
          {
            groupId: 'sound',
            name: 'Sound',
            uri: `audio.m3u8${query}`,
            channels: sound.channels,
            isDefault: true,
          },
        ]
      : [],
  });
  sendPlaylist(hls, text);
}

async function media(hls: HlsRequest, window: LiveWindow, kind: 'video' | 'audio'): Promise<void> {
  await firstMedia(hls, window);
  const rendition = renditionOf(window, kind);
  const reload = orRefuse(() => parseReload(hls.query));
  const waits = !joinsNow(hls) && secondsBack(hls.query) === undefined;
  if (reload.msn === undefined && waits) await wholeSegment(hls, window, rendition);
  const ready = (): boolean => orRefuse(() => isReady(reload, liveEdge(rendition)));
  if (!ready() && !(await window.until(ready, NEXT_PART, hls.signal))) {
    throw new DoorError(503, 'no new media came in time');
  }
  const other = kind === 'video' ? window.audio : window.video;
  const rewind = await rewindOf(hls, window);
  // Read without a pause in between: what leaves memory is in the other list at once.
  const before = rewind?.view(kind, secondsBack(hls.query) ?? 0);
  const playlist = livePlaylist(rendition, { targetDuration: window.targetDuration, other, before });
  sendPlaylist(hls, formatMediaPlaylist(playlist, { skip: reload.skip }));
}

/** Classic HLS with MPEG-TS segments, made from the same window when they are asked for. */
async function classic(hls: HlsRequest, window: LiveWindow): Promise<void> {
  const name = hls.path.slice('ts/'.length);
  const msn = /^(\d{1,12})\.ts$/.exec(name)?.[1];
  if (msn !== undefined) return send(hls, 'video/mp2t', 'max-age=60', [tsSegmentOf(window, Number(msn))]);
  if (name !== 'index.m3u8' && name !== 'video.m3u8') throw new DoorError(404, 'no such path');
  checkTs(hls.stream.media.tracks);
  await firstMedia(hls, window);
  const bandwidth = TS_OVERHEAD * (peak(window.video) + peak(window.audio));
  const multivariant = tsMultivariant(window, bandwidth);
  if (name === 'video.m3u8') await wholeSegment(hls, window, renditionOf(window, 'video'));
  const text = name === 'index.m3u8' ? multivariant : tsPlaylist(window);
  sendPlaylist(hls, text);
}

function init(hls: HlsRequest, window: LiveWindow, kind: 'video' | 'audio', generation: number): void {
  const track = window.tracksOf(generation)?.find((candidate) => candidate.kind === kind);
  if (!track) throw new DoorError(404, 'no such init segment');
  send(hls, 'video/mp4', 'max-age=3600', [initSegment([track])]);
}

async function livePart(
  hls: HlsRequest,
  window: LiveWindow,
  kind: 'video' | 'audio',
  msn: number,
  part: number,
): Promise<void> {
  const rendition = renditionOf(window, kind);
  const find = (): FrameRanges | undefined => {
    return rendition.segments.find((candidate) => candidate.msn === msn)?.parts[part]?.ranges;
  };
  // The hinted part is asked for before it exists (RFC 8216bis 6.2.6).
  const last = rendition.segments.at(-1);
  const next = last && !last.closed ? [last.msn, last.parts.length] : [rendition.nextMsn, 0];
  const hinted = (msn === next[0] && part === next[1]) || (msn === rendition.nextMsn && part === 0);
  if (!find() && hinted)
    await window.until(() => find() !== undefined || rendition.nextMsn > msn + 1, NEXT_PART, hls.signal);
  const ranges = find();
  if (!ranges) throw new DoorError(404, 'no such part');
  sendRanges(hls, [ranges]);
}

/** Another format than those of the window. */
async function pastInit(hls: HlsRequest, window: LiveWindow, index: number): Promise<void> {
  const init = (await rewindOf(hls, window))?.init(index);
  if (!init) throw new DoorError(404, 'no such init segment');
  send(hls, 'video/mp4', 'max-age=3600', [init]);
}

async function segment(
  hls: HlsRequest,
  window: LiveWindow,
  kind: 'video' | 'audio',
  msn: number,
): Promise<void> {
  const found = renditionOf(window, kind).segments.find((candidate) => candidate.msn === msn);
  if (!found) {
    const past = await (await rewindOf(hls, window))?.segment(kind, msn, hls.signal);
    if (past) return send(hls, 'video/mp4', 'max-age=60', past);
  }
  if (!found?.closed) throw new DoorError(404, 'no such segment');
  sendRanges(
    hls,
    found.parts.map((part) => part.ranges),
  );
}

/** Waits until the stream has something to play. */
async function firstMedia(hls: HlsRequest, window: LiveWindow): Promise<void> {
  refuseUnplayable(hls.stream);
  const ready = (): boolean => ((window.video ?? window.audio)?.segments[0]?.parts.length ?? 0) > 0;
  if (ready() || (await window.until(ready, FIRST_MEDIA, hls.signal))) return;
  const { state, message } = hls.stream.observed;
  throw new DoorError(503, `the stream is ${state}${message === undefined ? '' : `: ${message}`}`);
}

/** Says at once what no waiting will mend. */
function refuseUnplayable({ media: { tracks } }: HlsStream): void {
  if (tracks.length === 0 || playableTracks(tracks).length > 0) return;
  const names = tracks.map(({ format }) => format.codec.name).join(' and ');
  throw new DoorError(422, `browsers cannot play ${names}; RTSP players and downloaded recordings can`);
}

/**
 * The first playlist of a stream that nobody watched holds parts only. Players without low latency give up on
 * it, so it is held back until a segment is whole, but for those who ask to join now.
 */
async function wholeSegment(hls: HlsRequest, window: LiveWindow, rendition: Rendition): Promise<void> {
  await window.until(() => rendition.segments[0]?.closed === true, FIRST_SEGMENT, hls.signal);
}

function joinsNow(hls: HlsRequest): boolean {
  return hls.query.get('join') === 'now';
}

function renditionOf(window: LiveWindow, kind: 'video' | 'audio'): Rendition {
  const rendition = window[kind];
  if (!rendition) throw new DoorError(404, `the stream has no ${kind}`);
  return rendition;
}

/** Bits per second of the densest segment so far. */
function peak(rendition: Rendition | undefined): number {
  const rates = (rendition?.segments ?? []).map(({ parts, duration }) => {
    const bytes = parts.reduce((sum, part) => sum + part.ranges.bytes, 0);
    return duration > 0 ? (bytes * 8) / duration : 0;
  });
  return Math.max(0, ...rates);
}

function orRefuse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReloadError) throw new DoorError(400, error.message);
    throw error;
  }
}

/** Holds the memory until the bytes have left. */
function sendRanges(hls: HlsRequest, all: readonly FrameRanges[]): void {
  if (hls.response.closed) return;
  for (const ranges of all) ranges.retain();
  hls.response.once('close', () => {
    for (const ranges of all) ranges.release();
  });
  send(
    hls,
    'video/mp4',
    'max-age=60',
    all.flatMap((ranges) => ranges.buffers()),
  );
}

/** What let somebody in by the address, and how far back they look, is needed in every address that follows. */
function sendPlaylist(hls: HlsRequest, text: string): void {
  let whole = text;
  for (const name of ['ticket', 'dvr']) {
    const value = hls.query.get(name);
    if (value !== null) whole = withQuery(whole, name, value);
  }
  send(hls, PLAYLIST, 'no-store', [Buffer.from(whole)]);
}

function send(hls: HlsRequest, type: string, cache: string, body: readonly Buffer[]): void {
  const { response, request } = hls;
  const length = body.reduce((sum, buffer) => sum + buffer.length, 0);
  response.writeHead(200, {
    'content-type': type,
    'content-length': length,
    'cache-control': `private, ${cache}`,
  });
  if (request.method !== 'HEAD') for (const buffer of body) response.write(buffer);
  response.end();
}
