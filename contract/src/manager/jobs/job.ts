import { z } from 'zod';
import { StreamId } from '../../stream.ts';
import { Page, PageFacts } from '../common.ts';
import { JOB, PAGE } from '../examples.ts';

export const JobState = z.enum(['waiting', 'running', 'completed', 'failed', 'cancelled']);

/** Work that goes on behind a request: an export, a bookmark whose window is not over. */
export const Job = z
  .object({
    id: z.string(),
    kind: z.string(),
    state: JobState,
    progress: z.number().describe('Percent.'),
    owner: z.string().describe('`kind:id` of the principal.'),
    stream_id: StreamId.nullable(),
    result: z.unknown().describe('What came of it, by its kind; null until it is completed.'),
    error: z.string().nullable(),
    created_at: z.iso.datetime(),
    due_at: z.iso.datetime().describe('It is not begun before.'),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Job', examples: [JOB] });

export const JobList = z
  .object({ jobs: z.array(Job), ...PageFacts })
  .meta({ id: 'JobList', examples: [{ jobs: [JOB], ...PAGE }] });

export const JobQuery = z.strictObject({
  kind: z.string().max(40).optional(),
  state: JobState.optional(),
  ...Page,
});

export const JobParams = z.strictObject({ id: z.string().regex(/^[a-z]+-[0-9a-f]{1,32}$/) });
