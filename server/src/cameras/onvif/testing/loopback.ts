import { createCameraHttp, systemClock } from '../../../kernel/index.ts';
import { type DeviceOptions, OnvifDevice } from '../device.ts';
import { ACCOUNT, type SyntheticDevice } from './synthetic-device.ts';

/** As the product asks cameras, with loopback allowed. */
export const loopbackHttp = createCameraHttp({
  policy: () => ({ allow: ['127.0.0.0/8'], deny: [], ports: [] }),
  surroundings: () => ({ own: [] }),
  lookup: () => Promise.reject(new Error('no names here')),
});

/** What it takes to reach a synthetic device. */
export function reach(
  device: Pick<SyntheticDevice, 'port'>,
  more: Partial<DeviceOptions> = {},
): DeviceOptions {
  return {
    host: '127.0.0.1',
    port: device.port,
    account: ACCOUNT,
    http: loopbackHttp,
    now: systemClock.utc,
    timeoutMs: 3000,
    ...more,
  };
}

export const connectTo = (device: SyntheticDevice, more: Partial<DeviceOptions> = {}): Promise<OnvifDevice> =>
  OnvifDevice.connect(reach(device, more));
