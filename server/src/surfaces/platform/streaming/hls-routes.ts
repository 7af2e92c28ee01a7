import { HlsPath, IdParams } from '@nightjar/contract/platform';
import type { App } from '../../../kernel/index.ts';
import type { PlatformRooms } from '../rooms.ts';

const config = {
  access: { scope: 'streams:read', object: { stream: 'id' }, ticket: true },
  counted: false,
} as const;
const tags = ['streaming'];

/** S3's HLS: the playlist, and beside it what it leads to. */
export function hlsRoutes(app: App, { cameras, engine }: PlatformRooms): void {
  const shown = async (id: string) => (await cameras.get(id)).main.stream.id;

  app.get('/api/v1/streaming/camera/:id/hls', {
    config,
    schema: { tags, summary: 'Get HLS playlist', params: IdParams },
    handler: async (request, reply) =>
      engine.media(request, reply, await shown(request.params.id), 'index.m3u8'),
  });
  app.get('/api/v1/streaming/camera/:id/*', {
    config,
    schema: {
      tags,
      summary: 'Get what the HLS playlist leads to',
      params: IdParams.extend({ '*': HlsPath }),
    },
    handler: async (request, reply) => {
      const { id, '*': path } = request.params;
      return engine.media(request, reply, await shown(id), path);
    },
  });
}
