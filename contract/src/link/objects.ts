import { z } from 'zod';
import { StreamId } from '../stream.ts';

const Part = z.number().min(0).max(1);

/** Left, top, right, bottom: 0 to 1 of the picture. */
export const ObjectBox = z.tuple([Part, Part, Part, Part]);
export type ObjectBox = z.infer<typeof ObjectBox>;

/** One thing that a network sees in a stream. */
export const SeenObject = z.object({
  /** The same for as long as it is followed. */
  object_id: z.string(),
  class: z.string(),
  /** How sure the network is, 0 to 1. */
  score: z.number(),
  box: ObjectBox,
});
export type SeenObject = z.infer<typeof SeenObject>;

/** A thing came, is still there, or is gone. */
export const ObjectFact = z.object({
  kind: z.literal('object.state'),
  stream_id: StreamId,
  phase: z.enum(['started', 'updated', 'ended']),
  ...SeenObject.shape,
  at: z.iso.datetime(),
  /** When it was seen first. */
  since: z.iso.datetime(),
  /** The picture in which it was seen best. */
  best: z.object({ at: z.iso.datetime(), score: z.number(), box: ObjectBox }),
});
export type ObjectFact = z.infer<typeof ObjectFact>;

/** What is seen now; not acknowledged, never queued. */
export const ObjectsMessage = z.object({
  type: z.literal('objects'),
  stream_id: StreamId,
  at: z.iso.datetime(),
  objects: z.array(SeenObject),
});
export type ObjectsMessage = z.infer<typeof ObjectsMessage>;
