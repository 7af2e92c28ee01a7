import { z } from 'zod';
import { StreamId } from '../stream.ts';

/** Characters of a file of cameras; a thousand of them fit. */
export const MAX_IMPORT_TEXT = 256_000;
/** Cameras of one import. */
export const MAX_IMPORTED = 500;

export const ImportFormat = z.enum(['csv', 'go2rtc', 'mediamtx', 'frigate']);
export type ImportFormat = z.infer<typeof ImportFormat>;

const ImportText = {
  text: z.string().min(1).max(MAX_IMPORT_TEXT).describe('The file as it is.'),
  format: ImportFormat.optional().describe('Found out from the text when absent.'),
  recording: z.boolean().optional().describe('For all of them; what the file says when absent.'),
};

export const PlanImport = z.strictObject(ImportText).meta({
  id: 'PlanImport',
  examples: [{ text: 'name,source_url,location\nFront door,rtsp://10.0.0.5/main,Entrance\n' }],
});
export type PlanImport = z.infer<typeof PlanImport>;

export const ImportFinding = z
  .object({
    level: z
      .enum(['info', 'warning', 'error'])
      .describe(
        '`error`: this camera, or this file, is not imported. `warning`: less than the file asks for.',
      ),
    field: z.string().nullable(),
    message: z.string().describe('In plain words; never a secret.'),
  })
  .meta({ id: 'ImportFinding' });
export type ImportFinding = z.infer<typeof ImportFinding>;

export const ImportEntry = z
  .object({
    key: z.string().describe('Of this entry in this plan.'),
    line: z.int().nullable().describe('Where it begins in the text, from 1.'),
    action: z.enum(['create', 'skip']),
    id: StreamId.nullable().describe('null: made up when it is created.'),
    name: z.string(),
    serial_number: z.string().nullable().describe('null: made up when it is created.'),
    location: z.string().nullable(),
    description: z.string().nullable(),
    source_url: z.string().nullable().describe('Without credentials; null: it is pushed to its `rtmp_url`.'),
    transport: z.string().nullable().describe('How its media travels; null: what works.'),
    on_demand: z.boolean(),
    recording: z.boolean(),
    is_active: z.boolean(),
    collision: z
      .object({
        field: z.enum(['id', 'serial_number', 'source_url']),
        camera_id: z.string().nullable().describe('null: an earlier one of the same file.'),
      })
      .nullable()
      .describe('With what is there already; such a one is skipped.'),
    findings: z.array(ImportFinding),
  })
  .meta({ id: 'ImportEntry' });
export type ImportEntry = z.infer<typeof ImportEntry>;

export const ImportPlan = z
  .object({
    format: ImportFormat,
    digest: z.string().describe('Of the text and of this plan; sent back to carry out just this.'),
    totals: z.object({ create: z.int(), skip: z.int() }),
    entries: z.array(ImportEntry),
    findings: z.array(ImportFinding).describe('About the file as a whole.'),
  })
  .meta({ id: 'ImportPlan' });
export type ImportPlan = z.infer<typeof ImportPlan>;

export const ApplyImport = z
  .strictObject({
    ...ImportText,
    digest: z.string().max(100).describe('Of the plan that was shown.'),
    only: z
      .array(z.string().max(200))
      .min(1)
      .max(MAX_IMPORTED)
      .optional()
      .describe('Keys of the entries that are wanted; all that can be created when absent.'),
  })
  .meta({
    id: 'ApplyImport',
    examples: [{ text: 'name,source_url\nFront door,rtsp://10.0.0.5/main\n', digest: 'q3nG…' }],
  });
export type ApplyImport = z.infer<typeof ApplyImport>;

export const ImportDone = z
  .object({
    created: z.array(z.object({ key: z.string(), camera_id: StreamId })),
    refused: z.array(z.object({ key: z.string(), message: z.string() })),
    skipped: z.int().describe('Left out by the plan or by `only`.'),
  })
  .meta({ id: 'ImportDone' });
export type ImportDone = z.infer<typeof ImportDone>;
