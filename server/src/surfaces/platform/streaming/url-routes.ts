import { IdParams, StreamUrls } from '@nightjar/contract/platform';
import type { FastifyRequest } from 'fastify';
import type { CameraView } from '../../../cameras/index.ts';
import type { App } from '../../../kernel/index.ts';
import { caller } from '../access/present.ts';
import { rtmpUrlOf } from '../cameras/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { basesOf } from './addresses.ts';

const tags = ['streaming'];

/** Addresses that play the stream of a camera until the ticket in them is over. */
async function urlsOf(
  request: FastifyRequest,
  view: CameraView,
  rooms: PlatformRooms,
): Promise<typeof StreamUrls._output> {
  const { mediaTickets, clock, settings, mediaPorts } = rooms;
  const { id } = view.main.stream;
  const bases = basesOf(request, mediaPorts(), settings.config.platform);
  const own = basesOf(request, mediaPorts(), { rtmp_base_url: null });
  const { ticket, expiresIn } = mediaTickets.issue(caller(request.principal), id);
  const live = (base: string, path: string) => `${base}/live/${id}/${path}?ticket=${ticket}`;
  return {
    camera_id: view.camera.id,
    stream_id: id,
    rtmp_url: await rtmpUrlOf(request, view, rooms),
    rtmp_play_url: `${own.rtmp}/${id}?ticket=${ticket}`,
    hls_url: live(bases.http, 'index.m3u8'),
    adaptive_hls_url: live(bases.http, 'adaptive.m3u8'),
    webrtc_url: `${bases.http}/whep/${id}`,
    mse_url: live(bases.ws, 'mse'),
    rtsp_url: `${bases.rtsp}/${id}?ticket=${ticket}`,
    mjpeg_url: live(bases.http, 'mjpeg'),
    snapshot_url: live(bases.http, 'snapshot.jpg'),
    expires_at: new Date(clock.utc() + expiresIn * 1000).toISOString(),
  };
}

/** S3's addresses of media. */
export function streamUrlRoutes(app: App, rooms: PlatformRooms): void {
  const { cameras } = rooms;

  app.get('/api/v1/streaming/camera/:id/urls', {
    config: { access: { scope: 'streams:read', object: { stream: 'id' } } },
    schema: {
      tags,
      summary: 'Get stream URLs: RTMP, HLS, WebRTC, MSE, RTSP',
      params: IdParams,
      response: { 200: StreamUrls, ...errorAnswers },
    },
    handler: async (request) => urlsOf(request, await cameras.get(request.params.id), rooms),
  });
}
