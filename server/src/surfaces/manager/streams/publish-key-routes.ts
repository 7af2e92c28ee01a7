import { PublishKey, StreamIdParams } from '@nightjar/contract/manager';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

const config = { access: { scope: 'streams:write', object: { stream: 'id' } } } as const;
const schema = {
  tags: ['streams'],
  params: StreamIdParams,
  response: { 200: PublishKey, ...errorAnswers },
};

/** S2's keys of streams that are pushed to us. */
export function publishKeyRoutes(app: App, { streams }: ManagerRooms): void {
  app.get('/api/streams/:id/publish-key', {
    config,
    schema: { ...schema, summary: 'Get the key by which a stream is pushed' },
    handler: async ({ params: { id } }) => present(id, await streams.publishKey(id)),
  });

  app.post('/api/streams/:id/publish-key', {
    config,
    schema: { ...schema, summary: 'Make another key; who publishes by the old one is sent away' },
    handler: async ({ params: { id } }) => present(id, await streams.rotatePublishKey(id)),
  });
}

const present = (id: string, key: string): PublishKey => ({
  key,
  rtsp_path: `/${id}?key=${key}`,
  rtmp_path: `/live/${key}`,
  whip_path: `/whip/${id}`,
});
