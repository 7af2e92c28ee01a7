import { z } from 'zod';
import { Page, PageFacts } from './common.ts';
import { CONFIG_VERSION, PAGE } from './examples.ts';

const version = {
  id: z.int(),
  created_at: z.iso.datetime(),
  author: z.string().describe('Who wrote it; `file` is an edit by hand.'),
};

export const ConfigHistoryQuery = z.strictObject(Page);
export const ConfigVersionParams = z.strictObject({ version: z.coerce.number().int().min(1) });

export const ConfigVersions = z
  .object({ versions: z.array(z.object(version)).describe('Newest first.'), ...PageFacts })
  .meta({ id: 'ConfigVersions', examples: [{ versions: [CONFIG_VERSION], ...PAGE }] });

export const ConfigDifference = z
  .object({
    ...version,
    changes: z
      .array(z.object({ key: z.string(), before: z.json(), after: z.json() }))
      .describe('Keys that the file says otherwise now: what it said, and what it says.'),
  })
  .meta({
    id: 'ConfigDifference',
    examples: [
      {
        id: 3,
        created_at: '2024-01-15T10:00:00.000Z',
        author: 'person:person-4f2a',
        changes: [{ key: 'recording.retention_days', before: 7, after: 14 }],
      },
    ],
  });
