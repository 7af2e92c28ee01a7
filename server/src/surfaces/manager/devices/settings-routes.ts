import { DeviceSettings, SetDevice, StreamIdParams } from '@nightjar/contract/manager';
import type { PlaceSettings } from '../../../cameras/onvif/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

const object = { stream: 'id' } as const;
const reads = { access: { scope: 'cameras:read', object } } as const;
const writes = { access: { scope: 'cameras:write', object } } as const;
const schema = {
  tags: ['cameras'],
  params: StreamIdParams,
  response: { 200: DeviceSettings, ...errorAnswers },
};

/** Where the ONVIF device of a stream's camera is, by which account, and whether its events are pulled. */
export function deviceSettingsRoutes(app: App, { devices }: ManagerRooms): void {
  const { places } = devices;

  app.get('/api/streams/:id/device', {
    config: reads,
    schema: { ...schema, summary: "Get how the device of a stream's camera is reached" },
    handler: async ({ params: { id } }) => shown(id, await places.settings(id)),
  });

  app.put('/api/streams/:id/device', {
    config: writes,
    schema: {
      ...schema,
      summary: "Set how the device of a stream's camera is reached, and whether its events are pulled",
      body: SetDevice,
    },
    handler: async ({ params: { id }, body }) => shown(id, await devices.setPlace(id, body)),
  });

  app.delete('/api/streams/:id/device', {
    config: writes,
    schema: { ...schema, summary: 'Go back to host and login of the source, and pull no events' },
    handler: async ({ params: { id } }) => {
      await devices.unsetPlace(id);
      return shown(id, await places.settings(id));
    },
  });
}

function shown(
  id: string,
  { host, port, path, secure, username, password, events }: PlaceSettings,
): DeviceSettings {
  return {
    id,
    host: host ?? null,
    port: port ?? null,
    path: path ?? null,
    secure,
    username: username ?? null,
    password_set: password !== undefined,
    events,
  };
}
