import { Camera, IdParams, ToggleRecording, UpdateCamera } from '@nightjar/contract/platform';
import { z } from 'zod';
import { type App, invalidByIssues } from '../../../kernel/index.ts';
import { InvalidSettings } from '../../../streams/index.ts';
import { defined } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';
import { cameraOf } from './present.ts';

const access = { scope: 'cameras:write', object: { stream: 'id' } } as const;
const schema = {
  tags: ['cameras'],
  params: IdParams,
  response: { 200: Camera, ...errorAnswers },
};

function updateRoutes(app: App, rooms: PlatformRooms): void {
  const { cameras } = rooms;

  app.put('/api/v1/cameras/:id', {
    config: { access, audit: 'camera.updated' },
    schema: { ...schema, summary: 'Update a camera', body: UpdateCamera },
    handler: async (request) => {
      const { serial_number: serialNumber, source_url: sourceUrl, is_active: active, ...rest } = request.body;
      try {
        const patch = defined({ ...rest, serialNumber, sourceUrl, active });
        return await cameraOf(request, await cameras.update(request.params.id, patch), rooms);
      } catch (error) {
        throw error instanceof InvalidSettings ? invalidByIssues(error.issues, 'body') : error;
      }
    },
  });

  app.delete('/api/v1/cameras/:id', {
    config: { access, audit: 'camera.deleted' },
    schema: {
      ...schema,
      summary: 'Delete a camera with its streams and their footage',
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async (request, reply) => {
      await cameras.remove(request.params.id);
      return reply.code(204).send();
    },
  });
}

/** S3's changes of cameras. */
export function cameraChangeRoutes(app: App, rooms: PlatformRooms): void {
  const { cameras } = rooms;
  updateRoutes(app, rooms);

  app.post('/api/v1/cameras/:id/activate', {
    config: { access, audit: 'camera.activated' },
    schema: { ...schema, summary: 'Activate a camera' },
    handler: async (request) => cameraOf(request, await cameras.activate(request.params.id, true), rooms),
  });

  app.post('/api/v1/cameras/:id/deactivate', {
    config: { access, audit: 'camera.deactivated' },
    schema: { ...schema, summary: 'Deactivate a camera: nothing is taken from it any more' },
    handler: async (request) => cameraOf(request, await cameras.activate(request.params.id, false), rooms),
  });

  app.post('/api/v1/cameras/:id/toggle-recording', {
    config: {
      access: { scope: 'recordings:write', object: { stream: 'id' } },
      audit: 'camera.recording_toggled',
    },
    schema: { ...schema, summary: 'Toggle recording', body: ToggleRecording },
    handler: async (request) =>
      cameraOf(request, await cameras.toggleRecording(request.params.id, request.body?.recording), rooms),
  });

  app.post('/api/v1/cameras/:id/rotate-key', {
    config: { access, audit: 'camera.key_rotated' },
    schema: {
      ...schema,
      summary: 'Give a camera another `rtmp_url`; who publishes to the old one is sent away',
    },
    handler: async (request) => cameraOf(request, await cameras.rotateKey(request.params.id), rooms),
  });
}
