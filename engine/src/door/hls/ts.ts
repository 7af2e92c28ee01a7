import { type AacFormat, type H264Format, isAac, isH264 } from '@nightjar/media/codecs';
import { formatMediaPlaylist, formatMultivariant } from '@nightjar/media/hls';
import { fragmentHead } from '@nightjar/media/mp4';
import { type TsSample, tsSegment } from '@nightjar/media/mpegts';
import type { Track } from '@nightjar/media/stream';
import type { LiveSegment, LiveWindow, Rendition } from '../../live/index.ts';
import { DoorError } from '../door-error.ts';

/** Segments that were asked for, made once for all viewers; they go with the window's. */
const made = new WeakMap<LiveSegment, Buffer>();

/** Throws DoorError 422 for tracks that classic HLS does not carry here. */
export function checkTs(tracks: readonly Track[]): void {
  if (tracks.length > 0) formatsOf(tracks);
}

/** The one variant of classic HLS. Throws DoorError 422 for a picture that MPEG-TS segments do not carry here. */
export function tsMultivariant(window: LiveWindow, bandwidth: number): string {
  const { video, audio } = formatsOf(tracksNow(window));
  return formatMultivariant({
    variants: [
      {
        uri: 'video.m3u8',
        bandwidth,
        codecs: [video.codecString, ...(audio ? [audio.codecString] : [])],
        resolution: { width: video.width, height: video.height },
      },
    ],
    audio: [],
  });
}

/** The whole segments of the window as classic HLS lists them. Throws DoorError. */
export function tsPlaylist(window: LiveWindow): string {
  formatsOf(tracksNow(window));
  const { video } = window;
  const whole = (video?.segments ?? []).filter((segment) => segment.closed);
  return formatMediaPlaylist({
    kind: 'classic',
    targetDuration: window.targetDuration,
    mediaSequence: whole[0]?.msn ?? video?.nextMsn ?? 0,
    discontinuitySequence: video?.discontinuitiesGone ?? 0,
    segments: whole.map((segment) => ({
      uri: `${segment.msn}.ts`,
      parts: [],
      duration: segment.duration,
      programDateTime: segment.utc,
      discontinuity: segment.discontinuity,
    })),
  });
}

/** A segment as MPEG-TS. Throws DoorError 404. */
export function tsSegmentOf(window: LiveWindow, msn: number): Buffer {
  const segment = wholeSegment(window.video, msn);
  if (!segment) throw new DoorError(404, 'no such segment');
  const known = made.get(segment);
  if (known) return known;
  const { video: format, audio } = formatsOf(window.tracksOf(segment.generation) ?? []);
  const sound = audio && wholeSegment(window.audio, msn);
  const bytes = tsSegment({
    video: { format, samples: samplesOf(segment) },
    ...(audio && sound ? { audio: { format: audio, samples: samplesOf(sound) } } : {}),
  });
  made.set(segment, bytes);
  return bytes;
}

function formatsOf(tracks: readonly Track[]): { video: H264Format; audio: AacFormat | undefined } {
  const [picture, sound] = ['video', 'audio'].map(
    (kind) => tracks.find((track) => track.kind === kind)?.format,
  );
  if (!picture || !isH264(picture)) {
    const name = picture?.codec.name ?? 'a stream without a picture';
    throw new DoorError(422, `classic HLS carries H.264, not ${name}: take index.m3u8 instead`);
  }
  return { video: picture, audio: sound && isAac(sound) ? sound : undefined };
}

const tracksNow = ({ video, audio }: LiveWindow): Track[] =>
  [video, audio].flatMap((rendition) => (rendition ? [rendition.track] : []));

function wholeSegment(rendition: Rendition | undefined, msn: number): LiveSegment | undefined {
  return rendition?.segments.find((segment) => segment.msn === msn && segment.closed);
}

/** The samples of a segment, views of the window's memory. */
function samplesOf({ parts }: LiveSegment): TsSample[] {
  const samples: TsSample[] = [];
  for (const buffer of parts.flatMap(({ ranges }) => ranges.buffers())) {
    for (let at = 0; at < buffer.length; ) {
      const { dts, pts, key, payload, end } = fragmentHead(buffer, at);
      samples.push({ dts, pts, key, data: buffer.subarray(payload, end) });
      at = end;
    }
  }
  return samples;
}
