import { z } from 'zod';

/** A model's name: its file without the ending. */
export const ModelName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'not a plain name');

/** How a detector's answer lies: YOLOv5 `[1, boxes, 5 + classes]`, YOLOv8 `[1, 4 + classes, boxes]`. */
export const ModelLayout = z.enum(['yolov5', 'yolov8']);
export type ModelLayout = z.infer<typeof ModelLayout>;

/** What the network runs on; what is not there is the processor. */
export const InferenceDevice = z.enum(['cpu', 'cuda', 'webgpu']);
export type InferenceDevice = z.infer<typeof InferenceDevice>;

const Side = z.int().min(32).max(4096);

/** What the small YAML beside a model's file says. */
export const ModelFacts = z.strictObject({
  /** What it finds, by number. */
  classes: z.array(z.string().min(1).max(64)).min(1).max(1000),
  /** Pixels of its input: both sides, or width and height. */
  size: z.union([Side, z.tuple([Side, Side])]),
  layout: ModelLayout,
});
export type ModelFacts = z.infer<typeof ModelFacts>;

/** One model ready for use, and how it is to be run. */
export const Detector = z.object({
  name: ModelName,
  /** Absolute path of the ONNX file. */
  file: z.string().max(4096),
  /** Another one when the file is. */
  version: z.string().max(100),
  width: Side,
  height: Side,
  layout: ModelLayout,
  classes: z.array(z.string()),
  device: InferenceDevice,
  /** Processor threads it may use. */
  threads: z.int().min(1).max(64),
});
export type Detector = z.infer<typeof Detector>;

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
