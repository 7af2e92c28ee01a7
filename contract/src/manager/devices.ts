import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { DEVICE, DEVICE_SETTINGS, DEVICES, PRESET, PTZ, URL_PRESETS } from './examples.ts';

/** Asks the own network which devices speak ONVIF. */
export const Discover = z
  .strictObject({
    timeout_ms: z.int().min(200).max(15_000).default(3000),
    interface: z
      .ipv4()
      .optional()
      .describe('Address of the network interface to ask on; the system chooses when it is left out.'),
  })
  .prefault({})
  .meta({ id: 'Discover', examples: [{ timeout_ms: 3000 }] });

const FoundDevice = z.object({
  address: z.string(),
  ports: z.array(z.int()).describe('Where its ONVIF service may be asked.'),
  name: z.string().nullable(),
  hardware: z.string().nullable(),
  location: z.string().nullable(),
});

export const DiscoveredDevices = z
  .object({ devices: z.array(FoundDevice), total: z.int() })
  .meta({ id: 'DiscoveredDevices', examples: [DEVICES] });
export type DiscoveredDevices = z.infer<typeof DiscoveredDevices>;

/** Which device is to be described, and by which account. */
export const DescribeDevice = z
  .strictObject({
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535).optional().describe('The usual ones are tried when it is left out.'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/)
      .max(200)
      .optional(),
    secure: z.boolean().default(false).describe('HTTPS; whatever certificate it has.'),
    username: z.string().max(200).optional(),
    password: z.string().max(200).optional(),
  })
  .meta({
    id: 'DescribeDevice',
    examples: [{ host: '192.168.1.64', username: 'onvif', password: 'its own password' }],
  });
export type DescribeDevice = z.infer<typeof DescribeDevice>;

const DeviceProfile = z.object({
  token: z.string(),
  name: z.string(),
  encoding: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  frame_rate: z.number().nullable(),
  bitrate: z.number().nullable().describe('Bit/s.'),
  audio: z.string().nullable(),
  source_url: z
    .string()
    .nullable()
    .describe('Without credentials, at the host that was asked; null when the device does not tell.'),
});

export const DeviceDescription = z
  .object({
    manufacturer: z.string(),
    model: z.string(),
    firmware: z.string(),
    serial_number: z.string(),
    clock_skew: z.number().describe('Seconds that the clock of the device is ahead.'),
    account: z
      .enum(['digest', 'text', 'http', 'anonymous'])
      .describe('How it wants its account: hashed, in clear, in HTTP alone, or not at all.'),
    profiles: z.array(DeviceProfile),
    ptz: z.boolean(),
    events: z.boolean(),
  })
  .meta({ id: 'DeviceDescription', examples: [DEVICE] });
export type DeviceDescription = z.infer<typeof DeviceDescription>;

/** Where the device of a stream's camera is; what is left out is the source's. */
export const SetDevice = z
  .strictObject({
    host: z.string().min(1).max(253).optional().describe('The host of the source when left out.'),
    port: z.int().min(1).max(65_535).optional().describe('The usual ones are tried when left out.'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/)
      .max(200)
      .optional(),
    secure: z.boolean().default(false),
    username: z
      .string()
      .max(200)
      .optional()
      .describe('Many cameras keep accounts for ONVIF alone. Left out, it stays as it is at the same host.'),
    password: z.string().max(200).optional(),
    events: z.boolean().default(false).describe('Its events are pulled and told as `camera.notice`.'),
  })
  .meta({
    id: 'SetDevice',
    examples: [{ port: 2020, username: 'onvif', password: 'its own password', events: true }],
  });

export const DeviceSettings = z
  .object({
    id: StreamId,
    host: z.string().nullable(),
    port: z.int().nullable(),
    path: z.string().nullable(),
    secure: z.boolean(),
    username: z.string().nullable(),
    password_set: z.boolean(),
    events: z.boolean(),
  })
  .meta({ id: 'DeviceSettings', examples: [DEVICE_SETTINGS] });
export type DeviceSettings = z.infer<typeof DeviceSettings>;

export const PtzState = z
  .object({
    pan_tilt: z.boolean(),
    zoom: z.boolean(),
    can_keep_presets: z.boolean(),
    presets: z.array(z.object({ token: z.string(), name: z.string() })),
  })
  .meta({ id: 'PtzState', examples: [PTZ] });
export type PtzState = z.infer<typeof PtzState>;

const speed = z.number().min(-1).max(1).optional();

export const PtzMove = z
  .strictObject({
    pan: speed.describe('Right is positive.'),
    tilt: speed.describe('Up is positive.'),
    zoom: speed.describe('In is positive.'),
    seconds: z.number().min(0.1).max(60).default(0.5).describe('Then it stops by itself.'),
  })
  .refine(({ pan, tilt, zoom }) => (pan ?? tilt ?? zoom) !== undefined, 'one of pan, tilt and zoom')
  .meta({ id: 'PtzMove', examples: [{ pan: 0.4, seconds: 0.5 }] });

export const KeepPreset = z
  .strictObject({ name: z.string().min(1).max(64) })
  .meta({ id: 'KeepPreset', examples: [{ name: 'gate' }] });

export const KeptPreset = z
  .object({ token: z.string(), name: z.string() })
  .meta({ id: 'KeptPreset', examples: [PRESET] });

export const PresetParams = z.object({ id: StreamId, preset: z.string().min(1).max(100) });

export const PtzDone = z
  .object({ id: StreamId, done: z.literal(true) })
  .meta({ id: 'PtzDone', examples: [{ id: 'camera-1', done: true }] });

/** Where cameras of a make have their streams. */
export const UrlPreset = z.object({
  brand: z.string(),
  main: z.string().describe('Path and query of the full picture.'),
  sub: z.string().nullable().describe('Of the small one.'),
  port: z.int(),
  note: z.string().nullable(),
});
export type UrlPreset = z.infer<typeof UrlPreset>;

export const UrlPresetList = z
  .object({ presets: z.array(UrlPreset), total: z.int() })
  .meta({ id: 'UrlPresetList', examples: [URL_PRESETS] });
