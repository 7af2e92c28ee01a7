import { z } from 'zod';
import type { Detector } from '../inference.ts';
import type { PrivacyOptions } from '../privacy.ts';
import { DetectorCounters } from './detector.ts';

/** One row of pictures of a stream: every viewer who asks for the same shares it. */
export interface PictureOutput {
  readonly id: string;
  /** Pixels; undefined is the camera's own. Height follows. Never wider than the camera's. */
  readonly width: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
  /** At most so many a second. */
  readonly fps: number;
}

/** What a decoder must know of a track: the codec by its name, its MP4 record and sample entry. */
export interface TrackDescription {
  readonly codec: string;
  readonly record: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly sampleRate: number;
}

/** What of a track is looked for, and how often. */
export interface ObjectsWish {
  /** How sure the network must be of it, 0 to 1. */
  readonly threshold: number;
  /** Everything it knows when empty. */
  readonly classes: readonly string[];
  /** Polygons, 0 to 1; none is everywhere. */
  readonly zones: readonly (readonly (readonly [number, number])[])[];
  /** Pictures a second at most. */
  readonly fps: number;
}

/** One frame of the neutral stream, its payload as it stands there. */
export interface Unit {
  readonly data: Uint8Array;
  /** Presentation time on the media clock in ticks of the track. */
  readonly time: number;
  /** UTC milliseconds. */
  readonly arrival: number;
  readonly key: boolean;
  /** false: decode only. */
  readonly show: boolean;
}

/** Sound to make: `frame_samples` and rates follow from the codec. */
export interface SoundTarget {
  readonly codec: 'opus' | 'aac';
  readonly sampleRate: number;
  readonly channels: number;
  /** Whose voice it is cannot be heard: every voice gets one and the same pitch. */
  readonly masked?: boolean;
}

/** Smaller video to make of a track. */
export interface VideoTarget {
  /** Pixels; height follows. Never wider than the camera's. */
  readonly width: number;
  /** bit/s at most, over a second. */
  readonly bitrate: number;
}

export interface StillJob {
  readonly track: TrackDescription;
  /** In decode order, the first a key frame. */
  readonly units: readonly Unit[];
  /** The picture shown at this time (ticks); undefined: the last. */
  readonly at: number | undefined;
  readonly width: number | undefined;
  readonly quality: number;
}

/** What the engine tells the pixel process, over the channel of `fork` with advanced serialization. */
export type ToVision =
  | { readonly type: 'still'; readonly id: number; readonly job: StillJob }
  | { readonly type: 'open_pictures'; readonly id: number; readonly track: TrackDescription }
  | { readonly type: 'outputs'; readonly id: number; readonly outputs: readonly PictureOutput[] }
  | {
      readonly type: 'open_sound';
      readonly id: number;
      readonly track: TrackDescription;
      readonly target: SoundTarget;
    }
  | {
      readonly type: 'open_video';
      readonly id: number;
      readonly track: TrackDescription;
      readonly target: VideoTarget;
    }
  | {
      readonly type: 'open_blur';
      readonly id: number;
      readonly track: TrackDescription;
      readonly options: PrivacyOptions;
      /** What finds the objects to cover; without it they are not known, so that everything is covered. */
      readonly detector?: Detector | undefined;
    }
  | {
      readonly type: 'open_objects';
      readonly id: number;
      readonly track: TrackDescription;
      readonly detector: Detector;
      readonly wish: ObjectsWish;
    }
  | { readonly type: 'unit'; readonly id: number; readonly unit: Unit }
  /** A container follows in bytes; it comes back as an MPEG transport stream. */
  | { readonly type: 'open_container'; readonly id: number }
  | { readonly type: 'bytes'; readonly id: number; readonly data: Uint8Array }
  /** No more of them. */
  | { readonly type: 'finish'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'ping' };

const Id = z.number().int();
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const Part = z.number().min(0).max(1);
const Side = z.number().int().min(1).max(65_535);

/** What the pixel process has done since it began. */
export const VisionCounters = z.object({
  /** Bytes of memory it has. */
  rss: z.number(),
  /** Decoders that are open now. */
  decoders: z.number().int(),
  decoded: z.number().int(),
  encoded: z.number().int(),
});
export type VisionCounters = z.infer<typeof VisionCounters>;

/** A thing that is followed through a track's pictures. */
export const SeenTrack = z.object({
  track: z.number().int(),
  class: z.string(),
  score: z.number(),
  /** Left, top, right, bottom: 0 to 1. */
  box: z.tuple([Part, Part, Part, Part]),
  /** Seconds of the media clock at which it was found last. */
  last: z.number(),
});
export type SeenTrack = z.infer<typeof SeenTrack>;

/** What it answers. It has handled bytes of strangers: the engine checks every message. */
export const FromVision = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), backend: z.enum(['native', 'command']) }),
  z.object({ type: z.literal('still'), id: Id, jpeg: Bytes, width: Side, height: Side, time: z.number() }),
  z.object({
    type: z.literal('picture'),
    id: Id,
    output: z.string(),
    jpeg: Bytes,
    width: Side,
    height: Side,
    /** Of the frame it shows. */
    arrival: z.number(),
  }),
  /** One frame of sound; `time` in ticks of the target's clock. */
  z.object({ type: z.literal('sound'), id: Id, data: Bytes, time: z.number() }),
  /** One covered or smaller picture: H.264 with start codes, parameter sets in front of key frames; `time` as its unit's. */
  z.object({
    type: z.literal('coded'),
    id: Id,
    data: Bytes,
    time: z.number(),
    arrival: z.number(),
    key: z.boolean(),
  }),
  /** Bytes of a transport stream, cut anywhere. */
  z.object({ type: z.literal('transport'), id: Id, data: Bytes }),
  /** All of what was given is out. */
  z.object({ type: z.literal('finished'), id: Id }),
  /** What is in the picture of a unit that arrived then. */
  z.object({ type: z.literal('objects'), id: Id, arrival: z.number(), tracks: z.array(SeenTrack) }),
  /** So many units of a session are behind it, whatever came of them. */
  z.object({ type: z.literal('taken'), id: Id, units: z.number().int() }),
  /** The session or the still is over. */
  z.object({ type: z.literal('failed'), id: Id, message: z.string() }),
  /** `detector`: of the process that runs networks, while there is one; not newer than half a second. */
  z.object({
    type: z.literal('pong'),
    counters: VisionCounters,
    detector: DetectorCounters.optional(),
  }),
]);
export type FromVision = z.infer<typeof FromVision>;
