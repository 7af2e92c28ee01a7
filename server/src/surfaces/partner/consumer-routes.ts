import { ConsumerList, ConsumerOpened, RtpCapabilities } from '@nightjar/contract/link';
import {
  CandidateBody,
  ConnectBody,
  ConsumeAnswer,
  ConsumeBody,
  ConsumerParams,
  PartnerConsumerList,
  PartnerPage,
  PartnerStreamParams,
  RtpCapabilitiesAnswer,
} from '@nightjar/contract/partner';
import { z } from 'zod';
import { type App, DomainError, type Principal, sees } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { PartnerRooms } from './rooms.ts';
import { pageOf, stateOf } from './streams/present.ts';

const tags = ['partner consumers'];
const config = {
  access: { scope: 'streams:read', object: { stream: 'stream_id' } },
  audit: false,
} as const;

const whoIs = (principal: Principal | undefined): string => `${principal?.kind}:${principal?.id}`;

/** S4's WebRTC consumers, in the shape of mediasoup: signalling here, media from the engine's own port. */
export function consumerRoutes(app: App, rooms: PartnerRooms): void {
  openingRoutes(app, rooms);
  openedRoutes(app, rooms);
  listRoute(app, rooms);
}

function openingRoutes(app: App, { streams, engine }: PartnerRooms): void {
  app.get('/v2/streams/:stream_id/rtp-capabilities', {
    config,
    schema: {
      tags,
      summary: 'Get what `Device.load` of mediasoup-client takes',
      params: PartnerStreamParams,
      response: { 200: RtpCapabilitiesAnswer, ...errorAnswers },
    },
    handler: async (request) => {
      const { stream_id: streamId } = request.params;
      const path = `/consume/${streamId}/rtp-capabilities`;
      return RtpCapabilities.loose().parse(await engine.ask(request, { streamId, method: 'GET', path }));
    },
  });

  app.post('/v2/streams/:stream_id/consume', {
    config,
    schema: {
      tags,
      summary: 'Attach a WebRTC consumer to a live stream',
      params: PartnerStreamParams,
      body: ConsumeBody,
      response: { 201: ConsumeAnswer, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { stream_id: streamId } = request.params;
      const view = await streams.get(streamId);
      if (view.state !== 'live' && !view.stream.onDemand.enabled)
        throw new DomainError('CONFLICT', `Stream is not live (${stateOf(view)})`);
      const rtpCapabilities = request.body['rtp_capabilities'] ?? request.body['rtpCapabilities'];
      const opened = ConsumerOpened.parse(
        await engine.ask(request, {
          ...{ streamId, method: 'POST', path: `/consume/${streamId}` },
          body: { rtpCapabilities },
        }),
      );
      const [first] = opened.consumers;
      return reply
        .code(201)
        .header('location', `/v2/streams/${streamId}/consumers/${opened.consumer_id}`)
        .send({
          ...opened,
          producer_id: first?.producerId ?? null,
          kind: first?.kind ?? null,
          rtp_parameters: first?.rtpParameters ?? null,
        });
    },
  });
}

function openedRoutes(app: App, { engine }: PartnerRooms): void {
  app.post('/v2/streams/:stream_id/consumers/:consumer_id/connect', {
    config,
    schema: {
      tags,
      summary: 'Give the fingerprint with which the client will shake hands (DTLS)',
      params: ConsumerParams,
      body: ConnectBody,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { stream_id: streamId, consumer_id } = request.params;
      const dtlsParameters = request.body['dtls_parameters'] ?? request.body['dtlsParameters'];
      const path = `/consume/${streamId}/${consumer_id}/connect`;
      await engine.ask(request, { streamId, method: 'POST', path, body: { dtlsParameters } });
      return reply.code(204).send();
    },
  });

  app.post('/v2/streams/:stream_id/consumers/:consumer_id/ice-candidate', {
    config,
    schema: {
      tags,
      summary: 'Tell an ICE candidate of the client; it also says that the client is there',
      params: ConsumerParams,
      body: CandidateBody,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { stream_id: streamId, consumer_id } = request.params;
      const path = `/consume/${streamId}/${consumer_id}/ice-candidate`;
      await engine.ask(request, { streamId, method: 'POST', path, body: request.body });
      return reply.code(204).send();
    },
  });

  app.delete('/v2/streams/:stream_id/consumers/:consumer_id', {
    config,
    schema: {
      tags,
      summary: 'Detach a consumer',
      params: ConsumerParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { stream_id: streamId, consumer_id } = request.params;
      await engine.ask(request, { streamId, method: 'DELETE', path: `/consume/${streamId}/${consumer_id}` });
      return reply.code(204).send();
    },
  });
}

function listRoute(app: App, { streams, engine }: PartnerRooms): void {
  app.get('/v2/streams/:stream_id/consumers', {
    config,
    schema: {
      tags,
      summary: "List the caller's consumers of a stream, or with `streams:write` everybody's",
      params: PartnerStreamParams,
      querystring: z.strictObject(PartnerPage),
      response: { 200: PartnerConsumerList, ...errorAnswers },
    },
    handler: async (request) => {
      const { stream_id: streamId } = request.params;
      await streams.get(streamId);
      const { limit, offset } = pageOf(request.query);
      const { principal } = request;
      const answer = await engine.ask(request, { streamId, method: 'GET', path: `/consume/${streamId}` });
      const all = principal !== undefined && sees(principal, 'streams:write', streamId);
      const found = ConsumerList.parse(answer).consumers.filter(({ who }) => all || who === whoIs(principal));
      const page = found
        .slice(offset, offset + limit)
        .map(({ consumer_id: id, who: _who, ...consumer }) => ({ id, ...consumer }));
      return { consumers: page, total: found.length, limit, offset };
    },
  });
}
