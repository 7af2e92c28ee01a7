import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { ViewerProtocol } from '../viewer.ts';
import { Page, PageFacts } from './common.ts';
import { PAGE, VIEWER } from './examples.ts';

export const ViewerListQuery = z.strictObject({
  stream_id: StreamId.optional(),
  protocol: ViewerProtocol.optional(),
  ...Page,
});

/** Who watches now, oldest first. */
export const ViewerList = z
  .object({
    viewers: z.array(
      z.object({
        id: z.string(),
        stream_id: StreamId,
        protocol: ViewerProtocol,
        who: z.string().describe('`kind:id` of the principal.'),
        address: z.string().describe('Network address; empty when unknown.'),
        since: z.iso.datetime(),
        bytes: z.int().describe('Sent to it.'),
        dropped: z.int().describe('Frames left out because it did not keep up.'),
      }),
    ),
    ...PageFacts,
  })
  .meta({ id: 'ViewerList', examples: [{ viewers: [VIEWER], ...PAGE }] });
