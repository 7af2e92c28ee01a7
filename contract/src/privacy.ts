import { z } from 'zod';
import { ModelName } from './inference.ts';

/** A place in a picture: 0 to 1 from its left and upper edge. */
export const Place = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]);

/**
 * What is covered; several are a union. `auto`: objects where a model is installed that knows one of the classes,
 * else the whole picture. `objects` without such a model is the whole picture as well.
 */
export const PrivacyCover = z.enum(['auto', 'full', 'polygons', 'motion', 'objects']);
export type PrivacyCover = z.infer<typeof PrivacyCover>;

/** What is recorded of a stream whose privacy is on. */
export const PrivacyRecord = z.enum(['rendition', 'both', 'original']);
export type PrivacyRecord = z.infer<typeof PrivacyRecord>;

/** How a stream's pictures are covered. */
export const PrivacyOptions = z.strictObject({
  cover: z.array(PrivacyCover).min(1).max(5).default(['auto']),
  polygons: z.array(z.array(Place).min(3).max(64)).max(32).default([]),
  style: z.enum(['blur', 'pixelate', 'solid']).default('blur'),
  /** 1 to 100: the coarsest averages over a tenth of the picture's height. */
  strength: z.number().int().min(1).max(100).default(50),
  /** By how much a region that moves is widened, as a part of the picture's height. */
  padding: z.number().min(0).max(0.25).default(0.03),
  /** The detector that finds objects; the first that knows one of the classes when null. */
  model: ModelName.nullable().default(null),
  /** Names of what is covered, as the detector calls it. */
  classes: z.array(z.string().min(1).max(64)).min(1).max(80).default(['person', 'face', 'plate']),
  /** What the detector is less sure of is not covered, 0 to 1. */
  threshold: z.number().min(0.01).max(0.95).default(0.25),
  /** Pictures a second in which objects are looked for, at most. */
  detect_fps: z.number().min(1).max(30).default(10),
  /** Seconds a place stays covered after the last movement in it, or after an object was seen there last. */
  hold: z.number().min(0.5).max(60).default(3),
  /** Pictures a second at most. */
  max_fps: z.number().min(1).max(60).default(15),
  /** Of both sides. */
  downscale: z.number().min(0.1).max(1).default(1),
  /** `mask`: what is said can be understood, and every voice has one and the same pitch. */
  audio: z.enum(['keep', 'mute', 'mask']).default('keep'),
});
export type PrivacyOptions = z.infer<typeof PrivacyOptions>;

/** Whether a stream shows covered pictures alone to those who may not see the original, and how. */
export const PrivacyConfig = PrivacyOptions.extend({
  enabled: z.boolean().default(false),
  record: PrivacyRecord.default('rendition').describe(
    'What is recorded while privacy is on: covered pictures (`rendition`), originals that are encrypted on disk and shown to holders of `originals:read` alone (`original`), or both.',
  ),
}).refine(({ cover, polygons }) => !cover.includes('polygons') || polygons.length > 0, {
  path: ['polygons'],
  message: 'there are none, though they are to be covered',
});
export type PrivacyConfig = z.infer<typeof PrivacyConfig>;
