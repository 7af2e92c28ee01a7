import {
  KeepPreset,
  KeptPreset,
  PresetParams,
  PtzDone,
  PtzMove,
  PtzState,
  StreamIdParams,
} from '@nightjar/contract/manager';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

const object = { stream: 'id' } as const;
const reads = { access: { scope: 'cameras:read', object } } as const;
const moves = { access: { scope: 'cameras:ptz', object } } as const;
const tags = ['cameras'];
const done = (id: string) => ({ id, done: true }) as const;

/** Moving the camera of a stream, over ONVIF at the camera's own address. */
export function ptzRoutes(app: App, { devices }: ManagerRooms): void {
  app.get('/api/streams/:id/ptz', {
    config: reads,
    schema: {
      tags,
      summary: 'How a camera can be moved, and its presets',
      params: StreamIdParams,
      response: { 200: PtzState, ...errorAnswers },
    },
    handler: ({ params: { id } }) =>
      devices.withPtz(id, async (ptz) => {
        const { panTilt, zoom, presets } = ptz.abilities;
        const kept = (await ptz.presets()).map((preset) => ({ ...preset }));
        return { pan_tilt: panTilt, zoom, can_keep_presets: presets, presets: kept };
      }),
  });

  app.post('/api/streams/:id/ptz/move', {
    config: moves,
    schema: {
      tags,
      summary: 'Move a camera for a while',
      params: StreamIdParams,
      body: PtzMove,
      response: { 200: PtzDone, ...errorAnswers },
    },
    handler: async ({ params: { id }, body: { seconds, ...velocity } }) => {
      await devices.withPtz(id, (ptz) => ptz.move(velocity, seconds));
      return done(id);
    },
  });

  app.post('/api/streams/:id/ptz/stop', {
    config: moves,
    schema: {
      tags,
      summary: 'Stop a camera that moves',
      params: StreamIdParams,
      response: { 200: PtzDone, ...errorAnswers },
    },
    handler: async ({ params: { id } }) => {
      await devices.withPtz(id, (ptz) => ptz.stop());
      return done(id);
    },
  });

  presetRoutes(app, { devices });
}

function presetRoutes(app: App, { devices }: Pick<ManagerRooms, 'devices'>): void {
  app.post('/api/streams/:id/ptz/presets', {
    config: moves,
    schema: {
      tags,
      summary: 'Keep where a camera looks now as a preset',
      params: StreamIdParams,
      body: KeepPreset,
      response: { 201: KeptPreset, ...errorAnswers },
    },
    handler: async ({ params: { id }, body: { name } }, reply) => {
      const token = await devices.withPtz(id, (ptz) => ptz.keep(name));
      return reply.code(201).send({ token, name });
    },
  });

  app.post('/api/streams/:id/ptz/presets/:preset/go', {
    config: moves,
    schema: {
      tags,
      summary: 'Send a camera to a preset',
      params: PresetParams,
      response: { 200: PtzDone, ...errorAnswers },
    },
    handler: async ({ params: { id, preset } }) => {
      await devices.withPtz(id, (ptz) => ptz.goTo(preset));
      return done(id);
    },
  });

  app.delete('/api/streams/:id/ptz/presets/:preset', {
    config: moves,
    schema: {
      tags,
      summary: 'Forget a preset',
      params: PresetParams,
      response: { 200: PtzDone, ...errorAnswers },
    },
    handler: async ({ params: { id, preset } }) => {
      await devices.withPtz(id, (ptz) => ptz.forget(preset));
      return done(id);
    },
  });
}
