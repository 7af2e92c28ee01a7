import type {
  PictureOutput,
  SoundTarget,
  Unit,
  VideoTarget,
  VisionCounters,
} from '@nightjar/contract/vision';
import type { AudioFormat, VideoFormat } from '@nightjar/media/codecs';
import type { Cover } from './blur/index.ts';
import type { Picture420 } from './planes.ts';

/** A picture that was made. */
export interface Picture {
  readonly jpeg: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface StillRequest {
  readonly format: VideoFormat;
  readonly units: readonly Unit[];
  readonly at: number | undefined;
  readonly width: number | undefined;
  readonly quality: number;
}

export interface PictureSink {
  picture(output: string, picture: Picture, arrival: number): void;
  /** The session can give nothing more. */
  failed(message: string): void;
}

export interface SoundSink {
  /** One frame of the target codec; `time` in ticks of its clock. */
  sound(data: Uint8Array, time: number): void;
  failed(message: string): void;
}

/** One picture, covered or smaller, coded: H.264 with start codes, parameter sets in front of key frames. */
export interface CodedPicture {
  readonly data: Uint8Array;
  /** Of the unit it was made of. */
  readonly time: number;
  readonly arrival: number;
  readonly key: boolean;
}

export interface CodedSink {
  coded(picture: CodedPicture): void;
  failed(message: string): void;
}

/** Which pictures are wanted, and how large. */
export interface SamplesWish {
  /** Pixels into which they must fit; smaller ones stay as they are. */
  readonly width: number;
  readonly height: number;
  /** At most so many a second. */
  readonly fps: number;
}

export interface SampleSink {
  /** The picture of a unit; void when the call returns. */
  picture(picture: Picture420, unit: Unit): void;
  failed(message: string): void;
}

/** Units in, results out through the sink. Every call resolves; what is wrong with a unit costs that unit alone. */
export interface Session {
  /** Resolves when the unit is behind it. */
  push(unit: Unit): Promise<void>;
  /** Idempotent; resolves when everything is freed. */
  close(): Promise<void>;
}

export interface PictureSession extends Session {
  outputs(outputs: readonly PictureOutput[]): void;
}

export interface ContainerSink {
  /** Bytes of an MPEG transport stream, cut anywhere. */
  transport(data: Uint8Array): void;
  /** All of what was given is out. */
  finished(): void;
  failed(message: string): void;
}

/** A container of any kind on its way into an MPEG transport stream: bytes in, bytes out through the sink. */
export interface Container {
  /** Resolves when more may come. */
  push(data: Uint8Array): Promise<void>;
  /** No more bytes come. */
  finish(): void;
  /** Idempotent; resolves when everything is freed. */
  close(): Promise<void>;
}

/** The door to FFmpeg: two implementations, `native` (node-av) and `command` (the `ffmpeg` program). */
export interface PixelBackend {
  readonly name: 'native' | 'command';
  /** The picture shown at `at`, or the last; rejects with PixelError. */
  still(request: StillRequest): Promise<Picture & { time: number }>;
  pictures(format: VideoFormat, sink: PictureSink): PictureSession;
  /** Covered pictures of a track; whatever fails, none that is not covered. */
  blur(format: VideoFormat, cover: Cover, sink: CodedSink): Session;
  /** The whole track with smaller pictures; a key frame where the track has one, and every 2 s. */
  video(format: VideoFormat, target: VideoTarget, sink: CodedSink): Session;
  /** Samples of a track's pictures, to be looked at. */
  samples(format: VideoFormat, wanted: SamplesWish, sink: SampleSink): Session;
  sound(format: AudioFormat, target: SoundTarget, sink: SoundSink): Session;
}

/** The counters of a process, counted where the work is done. */
export type Tally = { -readonly [K in Exclude<keyof VisionCounters, 'rss'>]: number };

/** Bytes that make no picture or sound, or a way of doing it that this machine lacks; words for people. */
export class PixelError extends Error {}

/** Pixels a decoder may be made to hold for one picture: 8K. */
export const MAX_PIXELS = 7680 * 4320;

/** FFmpeg's quantizer scale (2 best, 31 worst) for a quality from 1 to 100. */
export function quantizer(quality: number): number {
  return Math.round(2 + 29 * ((100 - quality) / 99) ** 1.5);
}

/** A pixel's width by its height; square where that is not said or cannot be. */
export function pixelAspect({ num, den }: { num: number; den: number }): number {
  const aspect = num / den;
  return den > 0 && aspect > 0.2 && aspect < 5 ? aspect : 1;
}

/** Even sides for a wanted width, square pixels; never wider than what is there. */
export function pictureSize(
  coded: { width: number; height: number },
  aspect: number,
  wanted: number | undefined,
): { width: number; height: number } {
  const shown = coded.width * aspect;
  const width = Math.min(wanted ?? shown, shown);
  const even = Math.max(2, Math.floor(width / 2) * 2);
  return { width: even, height: Math.max(2, Math.round((coded.height * even) / shown / 2) * 2) };
}

/** Even sides that fit into a rectangle, with the picture's own shape; never larger than it is. */
export function fittedSize(
  coded: { width: number; height: number },
  into: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(1, into.width / coded.width, into.height / coded.height);
  const even = (side: number): number => Math.max(2, Math.floor((side * scale) / 2) * 2);
  return { width: even(coded.width), height: even(coded.height) };
}
