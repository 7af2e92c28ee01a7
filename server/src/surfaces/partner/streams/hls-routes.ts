import { PartnerStreamParams } from '@nightjar/contract/partner';
import { z } from 'zod';
import type { App } from '../../../kernel/index.ts';
import type { PartnerRooms } from '../rooms.ts';

/** Plain names of transport stream segments: no path, no other kind of file. */
const SegmentName = z.string().regex(/^\d{1,12}\.ts$/);

const config = {
  access: { scope: 'streams:read', object: { stream: 'stream_id' } },
  counted: false,
} as const;
const tags = ['partner streams'];

/** S4's HLS: one live playlist and its `.ts` segments, with the same bearer token on every request. */
export function hlsRoutes(app: App, { engine }: PartnerRooms): void {
  app.get('/v2/streams/:stream_id/hls/playlist.m3u8', {
    config,
    schema: {
      tags,
      summary: 'Get the live playlist of a stream: H.264 and AAC in `.ts` segments',
      params: PartnerStreamParams,
    },
    handler: (request, reply) => engine.media(request, reply, request.params.stream_id, 'ts/video.m3u8'),
  });
  app.get('/v2/streams/:stream_id/hls/:segment_name', {
    config,
    schema: {
      tags,
      summary: 'Get a segment of the live playlist',
      params: PartnerStreamParams.extend({ segment_name: SegmentName }),
    },
    handler: (request, reply) => {
      const { stream_id, segment_name } = request.params;
      return engine.media(request, reply, stream_id, `ts/${segment_name}`);
    },
  });
}
