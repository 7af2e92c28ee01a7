import type { ErrorData, default as Hls, PlaylistLoaderConstructor } from 'hls.js';
import { bufferedAhead, keepUp } from '../keep-up.ts';
import type { PlaybackFault } from '../playback.ts';
import { type OpenPlayback, type Playback, PlaybackError, type PlaybackEvents } from '../playback.ts';
import { type HlsSource, hlsConfig } from './hls-config.ts';
import { filterPlaylist, openWithGap } from './playlist-filter.ts';
import type { Steps } from './steps.ts';

type HlsModule = typeof import('hls.js');

/** Fetches the player's code. Call it early: it is the largest part of the page. */
export const loadHls = (): Promise<HlsModule> => import('hls.js');

/** The fault behind a fatal error; by HTTP status where there is one. */
export function faultOf(error: Pick<ErrorData, 'type' | 'details' | 'response'>): PlaybackFault {
  // The first segment is not whole yet, and without low latency nothing less is played.
  if (error.details === 'levelEmptyError') return 'not_found';
  switch (error.response?.code) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
    case 503:
      return 'not_found';
    default:
      return error.type === 'mediaError' || error.type === 'muxError' ? 'media' : 'network';
  }
}

/** Low-latency HLS by hls.js, for every browser with Media Source Extensions. */
export function hlsPlayback(
  source: HlsSource,
  load: () => Promise<HlsModule> = loadHls,
): OpenPlayback<HTMLVideoElement> {
  return async (video, events) => start(await supported(load), video, source, events);
}

/** The player's code, where the browser has what it needs. Throws PlaybackError. */
export async function supported(load: () => Promise<HlsModule>): Promise<HlsModule> {
  const module = await load().catch((cause: unknown) => {
    throw new PlaybackError('network', { cause });
  });
  if (!module.default.isSupported()) throw new PlaybackError('unsupported');
  return module;
}

function start(
  module: HlsModule,
  video: HTMLVideoElement,
  source: HlsSource,
  events: PlaybackEvents,
): Playback {
  const hls = startHls(module, video, source, events);
  const { steps } = source;
  return hlsHandle(hls, video, steps ? withSteps(module, hls, video, steps) : () => undefined);
}

/** hls.js at work in the element, its faults told. */
export function startHls(
  { default: HlsClass, Events, ErrorTypes }: HlsModule,
  video: HTMLVideoElement,
  source: HlsSource,
  events: PlaybackEvents,
): Hls {
  const hls = new HlsClass({ ...hlsConfig(source), ...filteringLoader(HlsClass, source) });
  let recovered = false;
  hls.on(Events.ERROR, (_, error) => {
    const lost = error.response?.code === 401 || error.response?.code === 403;
    if (!error.fatal && !lost) return;
    if (error.type === ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
      return;
    }
    events.onFault(faultOf(error));
  });
  hls.on(Events.BUFFER_CODECS, (_, tracks) => {
    if (tracks.audio || tracks.audiovideo) events.onAudio(true);
  });
  hls.on(Events.MANIFEST_PARSED, (_, { audioTracks }) => events.onAudio(audioTracks.length > 0));
  hls.attachMedia(video);
  hls.loadSource(source.url);
  return hls;
}

/** Lets `steps` say which rendition is loaded; returns the end of it. */
function withSteps({ Events }: HlsModule, hls: Hls, video: HTMLVideoElement, steps: Steps): () => void {
  let shown = false;
  const waits = () => shown && steps.stalled();
  const plays = () => {
    shown = true;
  };
  hls.once(Events.MANIFEST_PARSED, (_, { levels }) => {
    // Before anything is loaded it is where loading begins; later what is buffered of another one is left at once.
    hls.startLevel = levels.length - 1;
    steps.begin(levels.length, (level) => {
      if (shown) hls.nextLevel = level;
      else hls.loadLevel = level;
    });
  });
  video.addEventListener('waiting', waits);
  video.addEventListener('playing', plays);
  return () => {
    video.removeEventListener('waiting', waits);
    video.removeEventListener('playing', plays);
    steps.end(!shown || video.readyState < video.HAVE_FUTURE_DATA);
  };
}

function hlsHandle(hls: Hls, video: HTMLVideoElement, ended: () => void): Playback {
  const toLiveEdge = (): void => {
    const edge = hls.liveSyncPosition;
    if (edge !== null && edge > video.currentTime) video.currentTime = edge;
  };
  return {
    latency: () => (hls.latestLevelDetails ? hls.latency : null),
    toLiveEdge,
    keepUp() {
      const target = hls.targetLatency;
      if (target === null || hls.latestLevelDetails === null) return;
      const rate = keepUp({
        latency: hls.latency,
        target,
        buffered: bufferedAhead(video.buffered, video.currentTime),
        rate: video.playbackRate,
      });
      if (rate === 'jump') toLiveEdge();
      else if (rate !== video.playbackRate) video.playbackRate = rate;
    },
    close: () => {
      ended();
      hls.destroy();
    },
  };
}

function filteringLoader(HlsClass: typeof Hls, source: HlsSource): { pLoader: PlaylistLoaderConstructor } {
  const Base = HlsClass.DefaultConfig.loader as unknown as PlaylistLoaderConstructor;
  class FilteringLoader extends Base {
    override load(...[context, config, callbacks]: Parameters<InstanceType<typeof Base>['load']>): void {
      super.load(context, config, {
        ...callbacks,
        onSuccess(response, ...rest) {
          if (typeof response.data === 'string') {
            response.data = openWithGap(filterPlaylist(response.data, source));
          }
          callbacks.onSuccess(response, ...rest);
        },
      });
    }
  }
  return { pLoader: FilteringLoader };
}
