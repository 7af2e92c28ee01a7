import { z } from 'zod';
import { type Detector, InferenceDevice } from '../inference.ts';

/** Where in a network's input a picture lies, in pixels; around it is grey. */
export interface InputFit {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What the pixel process tells the detector process, over the channel of `fork` with advanced serialization. */
export type ToDetector =
  /** It may open nothing any more: from now on it is given what it needs. The first message, after `loaded`. */
  | { readonly type: 'confined' }
  /** `model` is its number from now on; `bytes` are those of its file. */
  | { readonly type: 'use'; readonly model: number; readonly detector: Detector; readonly bytes?: Uint8Array }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly model: number;
      /** Numbers of the classes that count. */
      readonly kinds: readonly number[];
      /** What is less sure does not count, 0 to 1. */
      readonly least: number;
      /** The picture's part of the network's input: its Y, U and V planes one behind another (4:2:0, limited range). */
      readonly data: Uint8Array;
      readonly fit: InputFit;
    }
  | { readonly type: 'ping' };

const Id = z.number().int();

/** What the detector process has done since it began. */
export const DetectorCounters = z.object({
  /** Bytes of memory it has. */
  rss: z.number(),
  pictures: z.number().int(),
  /** Milliseconds spent in the network, and around it in this process. */
  run_ms: z.number(),
  copy_ms: z.number(),
  /** What runs the network that was opened last. */
  device: InferenceDevice.optional(),
});
export type DetectorCounters = z.infer<typeof DetectorCounters>;

/** What it answers. It has run networks of strangers: every message is checked. */
export const FromDetector = z.discriminatedUnion('type', [
  /** Its programs are read, and nothing of a network yet. */
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('ready') }),
  /** A network was put away for others: whoever asks for it again says anew what it is. */
  z.object({ type: z.literal('forgotten'), model: z.number().int() }),
  /** Six numbers for each box: left, top, right, bottom in pixels of the input, score, class. */
  z.object({
    type: z.literal('found'),
    id: Id,
    boxes: z.custom<Float32Array>((value) => value instanceof Float32Array && value.length % 6 === 0),
  }),
  /** The ask has no answer. */
  z.object({ type: z.literal('refused'), id: Id, message: z.string() }),
  z.object({ type: z.literal('pong'), counters: DetectorCounters }),
]);
export type FromDetector = z.infer<typeof FromDetector>;
