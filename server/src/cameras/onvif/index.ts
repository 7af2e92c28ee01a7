export { type CameraHappening, DeviceEvents } from './device-events.ts';
export { type Described, Devices } from './devices.ts';
export { type PlaceSettings, Places } from './places.ts';
export { URL_PRESETS } from './url-presets.ts';
