import { z } from 'zod';
import { StreamId } from '../../stream.ts';

const DAY_MS = 86_400_000;

/** Footage of one camera or several as one file. */
export const CreateExport = z
  .strictObject({
    streams: z.array(StreamId).min(1).max(64),
    start: z.iso.datetime({ offset: true }),
    end: z.iso.datetime({ offset: true }),
    gaps: z.enum(['skip', 'keep']).default('skip').describe('What becomes of time without footage.'),
    signed: z.boolean().default(false).describe('With a manifest of SHA-256 sums, signed (Ed25519).'),
  })
  .refine(({ streams }) => new Set(streams).size === streams.length, {
    message: 'must not name a stream twice',
    path: ['streams'],
  })
  .refine(({ start, end }) => Date.parse(end) > Date.parse(start), {
    message: 'must be later than start',
    path: ['end'],
  })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= DAY_MS, {
    message: 'must be within 24 hours of start',
    path: ['end'],
  })
  .meta({
    id: 'CreateExport',
    examples: [
      {
        streams: ['yard', 'door'],
        start: '2024-01-15T10:00:00Z',
        end: '2024-01-15T11:00:00Z',
        signed: true,
      },
    ],
  });

const WEEK_SECONDS = 7 * 86_400;
export const ExportLinkQuery = z.strictObject({
  expires_in: z.coerce.number().int().min(1).max(WEEK_SECONDS).default(86_400).describe('Seconds.'),
});
export const ExportLink = z
  .object({
    url: z.string().describe('Whoever has it may download the file until then; it names nobody.'),
    expires_at: z.iso.datetime(),
  })
  .meta({
    id: 'ExportLink',
    examples: [
      {
        url: 'https://nightjar.example/api/exports/5b0c/file?expires=1705400000&signature=q3nG',
        expires_at: '2024-01-16T10:13:20.000Z',
      },
    ],
  });

export const ExportFileQuery = z.object({
  expires: z.coerce.number().int().optional().describe('Unix seconds, of a link.'),
  signature: z.string().max(128).optional(),
});
