import {
  ByInputQuery,
  PrivacyStreamFound,
  PrivacyStreamList,
  PrivacyStreamRegistered,
  RegisterPrivacyStream,
} from '@nightjar/contract/privacy-service';
import { type App, sees } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import { outputUrl } from './output.ts';
import { figures, statusOf } from './present.ts';
import { hostOf, type PrivacyRooms } from './rooms.ts';

const tags = ['privacy'];
const MADE = '새로운 스트림이 생성되었습니다.';
const FOUND = '기존 스트림을 찾았습니다.';

/** S5's listing, and streams by their input. */
export function findingRoutes(app: App, { privacy, listener, clock }: PrivacyRooms): void {
  app.get('/privacy/api/streams', {
    config: { access: { scope: 'streams:read', object: 'listing' } },
    schema: {
      tags,
      summary: 'List the streams whose pictures are covered',
      response: { 200: PrivacyStreamList, ...errorAnswers },
    },
    handler: async ({ principal }) => {
      const seen = (await privacy.list()).filter(({ stream }) => sees(principal, 'streams:read', stream.id));
      const now = clock.utc();
      return {
        success: true as const,
        data: seen.map((view) => ({
          stream_id: view.stream.id,
          status: statusOf(view),
          ...figures(view, now),
        })),
      };
    },
  });

  app.get('/privacy/api/streams/by-input', {
    exposeHeadRoute: false,
    config: { access: { scope: 'streams:write' }, acts: true, audit: 'privacy.found' },
    schema: {
      tags,
      summary: "Find or make the stream of an input, and answer its output's address",
      querystring: ByInputQuery,
      response: { 200: PrivacyStreamFound, ...errorAnswers },
    },
    handler: async (request) => {
      const { made, ...blurred } = await privacy.byInput(request.query.input_url);
      const { view } = blurred;
      const { id, source } = view.stream;
      return {
        success: true as const,
        data: {
          stream_id: id,
          input_url: source.shown,
          output_url: outputUrl(hostOf(request), blurred, listener),
          name: id,
          status: statusOf(view),
          message: made ? MADE : FOUND,
        },
      };
    },
  });

  app.post('/privacy/api/streams/register', {
    config: { access: { scope: 'streams:write' } },
    schema: {
      tags,
      summary: 'End what there is of an input and begin anew',
      body: RegisterPrivacyStream,
      response: { 200: PrivacyStreamRegistered, ...errorAnswers },
    },
    handler: async (request) => {
      const blurred = await privacy.register(request.body.rtsp_url);
      return { success: true as const, data: { output_url: outputUrl(hostOf(request), blurred, listener) } };
    },
  });
}
