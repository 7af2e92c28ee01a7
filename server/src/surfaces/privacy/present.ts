import type { StreamState } from '@nightjar/contract';
import type { PrivacyStatus } from '@nightjar/contract/privacy-service';
import type { Blurred } from '../../privacy/index.ts';
import type { StreamErrorEntry, StreamView } from '../../streams/index.ts';

/** The one state machine in S5's words. */
const WORDS: Readonly<Record<StreamState, PrivacyStatus>> = {
  stopped: 'STOPPED',
  connecting: 'starting',
  ready: 'starting',
  live: 'running',
  reconnecting: 'reconnecting',
  failed: 'error',
};

export const statusOf = ({ state }: StreamView): PrivacyStatus => WORDS[state];

/** Figures as a stream's line in the list has them; `now` UTC milliseconds. */
export function figures(view: StreamView, now: number) {
  const fps = view.metrics?.framerate.current ?? 0;
  return {
    fps: Math.round(fps * 10) / 10,
    // Sampled every 2 s: while frames flow the last one is as young as a frame.
    last_frame_ts: view.state === 'live' && fps > 0 ? now / 1000 : null,
    error_count: view.metrics?.errors.total ?? 0,
  };
}

export function configOf({ view: { stream } }: Blurred, outputUrl: string) {
  const { max_fps, downscale } = stream.privacy;
  return { rtsp_url: stream.source.shown, max_fps, downscale, output_url: outputUrl };
}

export function stats(view: StreamView, errors: readonly StreamErrorEntry[], now: number) {
  return {
    ...figures(view, now),
    reconnects: view.metrics?.reconnects ?? 0,
    viewers: view.metrics?.viewers ?? 0,
    bitrate: view.metrics?.bitrate.current ?? 0,
    last_error: errors[0]?.message ?? null,
  };
}
