import type { Variant } from '@nightjar/media/hls';
import type { LowerRendition, LowerRenditions, Rung } from '../../lower/index.ts';
import type { EngineStream } from '../../streams/index.ts';
import { VisionError } from '../../vision/index.ts';
import { withTracks } from '../admission.ts';
import { DoorError } from '../door-error.ts';
import { type HlsRequest, serveHls } from './serve-hls.ts';

/** Baseline at level 3.1, which nothing of the ladder goes beyond (ITU-T H.264 A.3.4). */
const LOWER_CODEC = 'avc1.42c01f';
/** `lower/{name}/…`: what stands behind it is the same as behind the stream itself. */
const LOWER = /^lower\/([^/]{1,16})\/(.+)$/;
const PLAYLIST = 'adaptive.m3u8';

/** Whether a path behind `/live/{stream_id}/` is about renditions that are made of a stream. */
export const handlesAdaptive = (path: string): boolean => path === PLAYLIST || path.startsWith('lower/');

type AdaptiveRequest = Omit<HlsRequest, 'stream' | 'more'> & {
  readonly stream: EngineStream;
  /** Absent: nothing makes smaller pictures here, so that the stream itself is all there is. */
  readonly lower: LowerRenditions | undefined;
};

/** The playlist with all that can be chosen, and the lower renditions, each made while somebody asks for it. */
export async function serveAdaptive(adaptive: AdaptiveRequest): Promise<void> {
  const { lower, stream, path, query } = adaptive;
  if (query.has('dvr')) throw new DoorError(400, 'only index.m3u8 goes back into footage');
  if (path === PLAYLIST) {
    const more = (own: Variant) => variantsOf(lower?.rungs(stream) ?? [], own);
    return serveHls({ ...adaptive, path: 'index.m3u8', more });
  }
  const [, name = '', rest = ''] = LOWER.exec(path) ?? [];
  await withTracks(stream, adaptive.signal);
  const rendition = lower && begun(lower, stream, name);
  if (!rendition || rest === 'index.m3u8' || rest.startsWith('ts/')) throw new DoorError(404, 'no such path');
  const { id, privacy, writing, frameRate, observed } = stream;
  const shown = {
    id,
    privacy,
    writing,
    frameRate,
    observed,
    media: rendition.media,
    live: () => rendition.live(),
  };
  return serveHls({ ...adaptive, stream: shown, path: rest });
}

function begun(lower: LowerRenditions, stream: EngineStream, name: string): LowerRendition | undefined {
  try {
    return lower.of(stream, name);
  } catch (error) {
    if (error instanceof VisionError) throw new DoorError(503, error.message);
    throw error;
  }
}

/** Those that are well below the original, and the lowest in any case: a camera's rate may rise. */
function variantsOf(rungs: readonly Rung[], own: Variant): Variant[] {
  const all = rungs.map((rung) => variantOf(rung, own));
  return all.filter(({ bandwidth }, i) => i === all.length - 1 || bandwidth <= own.bandwidth * WORTH);
}

function variantOf({ name, width, height, bitrate }: Rung, own: Variant): Variant {
  const sound = own.codecs.slice(1);
  return {
    ...own,
    uri: `lower/${name}/${own.uri}`,
    bandwidth: bitrate + (sound.length > 0 ? SOUND : 0),
    codecs: [LOWER_CODEC, ...sound],
    resolution: { width, height },
  };
}

/** Share of the original's rate above which another picture is not worth its price. */
const WORTH = 0.7;
/** bit/s of sound as cameras send it at most; of that of a stream nothing but the sum is known here. */
const SOUND = 128_000;
