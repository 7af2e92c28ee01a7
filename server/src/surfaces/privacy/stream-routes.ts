import {
  PrivacyStreamDetail,
  PrivacyStreamDisconnected,
  PrivacyStreamParams,
  PrivacyStreamStarted,
  PrivacyStreamState,
  StartPrivacyStream,
} from '@nightjar/contract/privacy-service';
import type { App } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import { outputUrl, placeOf } from './output.ts';
import { configOf, stats, statusOf } from './present.ts';
import { hostOf, type PrivacyRooms } from './rooms.ts';

const tags = ['privacy'];
const change = { access: { scope: 'streams:write', object: { stream: 'stream_id' } } } as const;
const params = PrivacyStreamParams;
const GONE = '연결이 완전히 종료되었습니다.';

/** S5's streams by their ids. */
export function streamRoutes(app: App, rooms: PrivacyRooms): void {
  readRoute(app, rooms);
  startRoute(app, rooms);
  const { privacy } = rooms;

  app.post('/privacy/api/streams/:stream_id/stop', {
    config: change,
    schema: {
      tags,
      summary: 'Stop a stream',
      params,
      response: { 200: PrivacyStreamState, ...errorAnswers },
    },
    handler: async ({ params: { stream_id } }) => {
      await privacy.stop(stream_id);
      return { success: true as const, data: { stream_id, status: 'STOPPED' as const } };
    },
  });

  app.post('/privacy/api/streams/:stream_id/restart', {
    config: change,
    schema: {
      tags,
      summary: 'Stop and start a stream with the same settings',
      params,
      response: { 200: PrivacyStreamState, ...errorAnswers },
    },
    handler: async ({ params: { stream_id } }) => {
      const { view } = await privacy.restart(stream_id);
      return { success: true as const, data: { stream_id, status: statusOf(view) } };
    },
  });

  app.post('/privacy/api/streams/:stream_id/disconnect', {
    config: change,
    schema: {
      tags,
      summary: 'End a stream and remove all that it has; it may be gone already',
      params,
      response: { 200: PrivacyStreamDisconnected, ...errorAnswers },
    },
    handler: async ({ params: { stream_id } }) => {
      await privacy.disconnect(stream_id);
      return {
        success: true as const,
        data: { stream_id, status: 'DISCONNECTED' as const, message: GONE },
      };
    },
  });
}

function readRoute(app: App, { privacy, streams, listener, clock }: PrivacyRooms): void {
  app.get('/privacy/api/streams/:stream_id', {
    config: { access: { scope: 'streams:read', object: { stream: 'stream_id' } } },
    schema: {
      tags,
      summary: 'Get details of a stream',
      params,
      response: { 200: PrivacyStreamDetail, ...errorAnswers },
    },
    handler: async (request) => {
      const { stream_id } = request.params;
      const blurred = await privacy.get(stream_id);
      const config = configOf(blurred, outputUrl(hostOf(request), blurred, listener));
      const figures = stats(blurred.view, await streams.errors(stream_id), clock.utc());
      return {
        success: true as const,
        data: { stream_id, status: statusOf(blurred.view), config, stats: figures },
      };
    },
  });
}

function startRoute(app: App, { privacy, listener }: PrivacyRooms): void {
  app.post('/privacy/api/streams/:stream_id/start', {
    config: change,
    schema: {
      tags,
      summary: 'Start a stream under an id of your own',
      params,
      body: StartPrivacyStream,
      response: { 200: PrivacyStreamStarted, ...errorAnswers },
    },
    handler: async (request) => {
      const { stream_id } = request.params;
      const { rtsp_url: url, max_fps: maxFps, downscale, output_url: output } = request.body;
      const host = hostOf(request);
      const place = output === undefined ? { path: undefined } : placeOf(output, host, listener);
      const blurred = await privacy.start(stream_id, { url, maxFps, downscale, ...place });
      const config = configOf(blurred, outputUrl(host, blurred, listener));
      return { success: true as const, data: { stream_id, status: statusOf(blurred.view), config } };
    },
  });
}
