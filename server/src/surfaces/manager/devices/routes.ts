import {
  DescribeDevice,
  DeviceDescription,
  Discover,
  DiscoveredDevices,
  UrlPresetList,
} from '@nightjar/contract/manager';
import { type Described, URL_PRESETS } from '../../../cameras/onvif/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';

const reads = { access: { scope: 'cameras:read' } } as const;
const writes = { access: { scope: 'cameras:write' } } as const;
const tags = ['cameras'];

/** Who is in the network and what they are, before they are streams. */
export function deviceRoutes(app: App, { devices }: ManagerRooms): void {
  app.post('/api/discover', {
    config: writes,
    schema: {
      tags,
      summary: 'Ask the own network which devices speak ONVIF',
      body: Discover,
      response: { 200: DiscoveredDevices, ...errorAnswers },
    },
    handler: async ({ body }) => {
      const found = await devices.discover(body.timeout_ms, body.interface);
      const list = found.map(({ address, ports, name, hardware, location }) => ({
        address,
        ports: [...ports],
        name: name ?? null,
        hardware: hardware ?? null,
        location: location ?? null,
      }));
      return { devices: list, total: list.length };
    },
  });

  app.post('/api/discover/device', {
    config: writes,
    schema: {
      tags,
      summary: 'Ask an ONVIF device what it is and where its streams are',
      body: DescribeDevice,
      response: { 200: DeviceDescription, ...errorAnswers },
    },
    handler: async ({ body }) => {
      const { host, port, path, secure, username, password } = body;
      const account = username === undefined ? undefined : { username, password: password ?? '' };
      return described(await devices.describe({ host, port, path, secure, account }));
    },
  });

  app.get('/api/discover/url-presets', {
    config: reads,
    schema: {
      tags,
      summary: 'Where cameras have their streams, by make',
      response: { 200: UrlPresetList, ...errorAnswers },
    },
    handler: async () => ({ presets: [...URL_PRESETS], total: URL_PRESETS.length }),
  });
}

function described({ serial, clockSkew, profiles, ...rest }: Described): DeviceDescription {
  return {
    ...rest,
    serial_number: serial,
    clock_skew: clockSkew,
    profiles: profiles.map((profile) => ({
      token: profile.token,
      name: profile.name,
      encoding: profile.encoding ?? null,
      width: profile.width ?? null,
      height: profile.height ?? null,
      frame_rate: profile.frameRate ?? null,
      bitrate: profile.bitrate ?? null,
      audio: profile.audio ?? null,
      source_url: profile.url ?? null,
    })),
  };
}
