import type { LevelDetails } from 'hls.js';
import { PlaybackError } from '../playback.ts';
import {
  momentAt,
  type OpenRecorded,
  positionOf,
  type RecordedEvents,
  type RecordedPlayback,
  type Span,
  type Stretch,
} from '../recorded/recorded-playback.ts';
import { recordedConfig } from './hls-config.ts';
import { faultOf, loadHls } from './hls-playback.ts';

type HlsModule = typeof import('hls.js');

/** What recorded footage is opened from. */
export interface RecordedSource {
  /** Address of the playlist of a span. */
  url: (span: Span) => string;
  /** Value of the `Authorization` header of every request; undefined where the cookie says enough. */
  authorization: string | undefined;
}

/** Recorded footage as HLS by hls.js. */
export function hlsRecorded(
  source: RecordedSource,
  load: () => Promise<HlsModule> = loadHls,
): OpenRecorded<HTMLVideoElement> {
  return async (video, span, events) => {
    const module = await load().catch((cause: unknown) => {
      throw new PlaybackError('network', { cause });
    });
    if (!module.default.isSupported()) throw new PlaybackError('unsupported');
    return start(module, video, span, source, events);
  };
}

function start(
  { default: HlsClass, Events, ErrorTypes }: HlsModule,
  video: HTMLVideoElement,
  span: Span,
  source: RecordedSource,
  events: RecordedEvents,
): Promise<RecordedPlayback> {
  const hls = new HlsClass(recordedConfig(source.authorization));
  const opened = Promise.withResolvers<RecordedPlayback>();
  let details: LevelDetails | undefined;
  let recovered = false;
  hls.on(Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    if (error.type === ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
      return;
    }
    if (details) {
      events.onFault(faultOf(error));
      return;
    }
    hls.destroy();
    opened.reject(new PlaybackError(faultOf(error)));
  });
  hls.on(Events.BUFFER_CODECS, (_, tracks) =>
    events.onAudio(tracks.audio !== undefined || tracks.audiovideo?.codec?.includes(',') === true),
  );
  hls.on(Events.LEVEL_LOADED, (_, loaded) => {
    const first = details === undefined;
    details = loaded.details;
    if (!first) return;
    const stretches = () => stretchesOf(details!);
    hls.startLoad(positionOf(stretches(), span.start));
    opened.resolve({
      momentAt: (position) => momentAt(stretches(), position),
      positionOf: (moment) => positionOf(stretches(), moment),
      close: () => hls.destroy(),
    });
  });
  hls.attachMedia(video);
  hls.loadSource(source.url(span));
  return opened.promise;
}

/** hls.js moves the positions a little when it has seen the media: they are read anew each time. */
function stretchesOf({ fragments }: LevelDetails): Stretch[] {
  return fragments.map(({ start, duration, programDateTime }) => ({
    position: start,
    duration,
    moment: programDateTime ?? 0,
  }));
}
