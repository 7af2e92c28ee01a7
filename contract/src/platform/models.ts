import { z } from 'zod';
import { ModelLayout, ModelName } from '../inference.ts';
import { listOf } from './access.ts';

const Side = z.coerce.number().int().min(32).max(4096);

export const ModelParams = z.strictObject({ name: ModelName });

/** What the upload of a model says of it, in the query; the body is the ONNX file. */
export const UploadModel = z.strictObject({
  name: ModelName.describe('What it is called from then on.'),
  layout: ModelLayout.describe('How its answer lies.'),
  classes: z
    .string()
    .min(1)
    .max(8_000)
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.string().min(1).max(64)).min(1).max(1_000))
    .describe('What it finds, by number, separated by commas.'),
  width: Side.default(640).describe('Pixels of its input.'),
  height: Side.optional().describe('As the width when absent.'),
});

export const Model = z
  .object({
    name: ModelName,
    state: z.enum(['checking', 'ready', 'refused']),
    message: z.string().nullable().describe('Why it was refused.'),
    layout: ModelLayout.nullable(),
    classes: z.array(z.string()),
    width: z.int().nullable().describe('Pixels of its input.'),
    height: z.int().nullable(),
    size: z.int().describe('Bytes.'),
    check_ms: z.number().nullable().describe('Milliseconds that one picture took when it was tried.'),
    streams: z.array(z.string()).describe('Streams within reach that name it.'),
  })
  .meta({
    id: 'Model',
    examples: [
      {
        name: 'people',
        state: 'ready',
        message: null,
        layout: 'yolov8',
        classes: ['person'],
        width: 640,
        height: 640,
        size: 6_200_000,
        check_ms: 58,
        streams: ['front-door'],
      },
    ],
  });
export const ModelList = listOf(Model, 'ModelList');
