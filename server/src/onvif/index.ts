export type { Account } from './account.ts';
export {
  type DeviceInformation,
  type DeviceOptions,
  OnvifDevice,
  type Profile,
  USUAL_PORTS,
} from './device.ts';
export { type CameraHappening, DeviceEvents } from './device-events.ts';
export { type Described, Devices } from './devices.ts';
export { discover, type FoundDevice } from './discovery.ts';
export { type DeviceNotice, EventListener } from './events.ts';
export { OnvifError, type OnvifFault } from './onvif-error.ts';
export { type PlaceSettings, Places } from './places.ts';
export { type Preset, Ptz, type PtzAbilities, type Velocity } from './ptz.ts';
export { URL_PRESETS } from './url-presets.ts';
