import type { HlsConfig, LoaderContext, LoadPolicy } from 'hls.js';
import type { PlaylistFilter } from './playlist-filter.ts';
import type { Steps } from './steps.ts';

/** What an HLS playback opens. */
export interface HlsSource extends PlaylistFilter {
  url: string;
  /** Value of the `Authorization` header of every request; undefined where a cookie or a ticket says enough. */
  authorization: string | undefined;
  /** Which of several renditions is played; absent: there is but one. */
  steps?: Steps;
  /** Seconds behind live at which it begins and stays; absent: as near as can be. */
  behind?: number;
}

/** Beyond the server's longest wait for a first or a next part, which is 10 s. */
const PLAYLIST_FIRST_BYTE_MS = 12_000;
const MEDIA_FIRST_BYTE_MS = 5000;

const policy = (maxTimeToFirstByteMs: number, retries: number): LoadPolicy => ({
  default: {
    maxTimeToFirstByteMs,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: retries, retryDelayMs: 200, maxRetryDelayMs: 800 },
  },
});

/**
 * hls.js for one live camera: first picture soon, then as close to live as `PART-HOLD-BACK` allows. The whole
 * attempt is retried by `LivePlayer`, so requests give up early here.
 */
export function hlsConfig(source: HlsSource): Partial<HlsConfig> {
  return {
    lowLatencyMode: source.lowLatency,
    ...syncOf(source),
    startFragPrefetch: source.behind === undefined,
    testBandwidth: false,
    // Samples are already fragmented MP4 and pass through untouched: a worker has nothing to do, and loading
    // it would stand between the first byte and the first picture.
    enableWorker: false,
    // The rate is set by `keepUp`, which works with less than a second buffered.
    maxLiveSyncPlaybackRate: 1,
    liveSyncOnStallIncrease: 0.25,
    maxBufferLength: 10,
    backBufferLength: 10,
    maxBufferHole: 0.2,
    detectStallWithCurrentTimeMs: 500,
    // One rendition of one camera: nothing to choose, look up or interleave.
    useMediaCapabilities: false,
    enableInterstitialPlayback: false,
    enableDateRangeMetadataCues: false,
    enableID3MetadataCues: false,
    enableEmsgMetadataCues: false,
    manifestLoadPolicy: policy(PLAYLIST_FIRST_BYTE_MS, 0),
    playlistLoadPolicy: policy(PLAYLIST_FIRST_BYTE_MS, 2),
    fragLoadPolicy: policy(MEDIA_FIRST_BYTE_MS, 2),
    ...authorized(source.authorization),
  };
}

/** Whole segments: two of them behind, where the standard's three would be a camera's 6 s and more. */
function syncOf({ behind, lowLatency }: HlsSource): Partial<HlsConfig> {
  if (behind !== undefined) return { liveSyncDuration: behind };
  return lowLatency ? {} : { liveSyncDurationCount: 2 };
}

/** hls.js for recorded footage: enough ahead for the highest speed, and for small steps back. */
export function recordedConfig(authorization: string | undefined): Partial<HlsConfig> {
  return {
    // It is started once, where it is to begin: a start of its own at 0 would be broken off at once, and hls.js now
    // and then waits for ever for what it broke off.
    autoStartLoad: false,
    testBandwidth: false,
    enableWorker: false,
    maxBufferLength: 30,
    backBufferLength: 30,
    maxBufferHole: 0.5,
    useMediaCapabilities: false,
    enableInterstitialPlayback: false,
    enableDateRangeMetadataCues: false,
    enableID3MetadataCues: false,
    enableEmsgMetadataCues: false,
    manifestLoadPolicy: policy(PLAYLIST_FIRST_BYTE_MS, 1),
    playlistLoadPolicy: policy(PLAYLIST_FIRST_BYTE_MS, 1),
    fragLoadPolicy: policy(MEDIA_FIRST_BYTE_MS, 2),
    ...authorized(authorization),
  };
}

/** The token travels in a header, never in an address. */
function authorized(authorization: string | undefined): Partial<HlsConfig> {
  if (authorization === undefined) return {};
  return {
    xhrSetup: (xhr) => xhr.setRequestHeader('authorization', authorization),
    fetchSetup: (context: LoaderContext, init: RequestInit) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', authorization);
      return new Request(context.url, { ...init, headers });
    },
  };
}
