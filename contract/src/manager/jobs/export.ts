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
