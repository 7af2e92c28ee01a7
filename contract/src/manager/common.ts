import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors.ts';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** S2's error body. `details` names the field, the stream or the wait, never a secret. */
export const ManagerError = z
  .object({
    error: z.object({
      code: z.enum(codes),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({
    id: 'ManagerError',
    description: 'Every error of the Stream Manager API.',
    examples: [
      {
        error: {
          code: 'STREAM_NOT_FOUND',
          message: "Stream with ID 'camera-1' not found",
          details: { stream_id: 'camera-1' },
        },
      },
    ],
  });
export type ManagerError = z.infer<typeof ManagerError>;

/** `limit` and `offset` of every list: 50 by default, 500 at most. */
export const Page = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  offset: z.coerce.number().int().min(0).default(0),
};

/** What a list says of itself beside its items. */
export const PageFacts = {
  total: z.int().describe('Items that match, whatever the page.'),
  limit: z.int(),
  offset: z.int(),
};

/** A figure, or null where it cannot be measured. */
export const Figure = z.number().nullable();
