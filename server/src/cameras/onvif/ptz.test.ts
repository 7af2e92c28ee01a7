import { describe, expect, it } from 'vitest';
import { Ptz } from './ptz.ts';
import type { DeviceWays } from './testing/device-ways.ts';
import { connectTo } from './testing/loopback.ts';
import { SyntheticDevice } from './testing/synthetic-device.ts';

async function opened(ways: DeviceWays) {
  const device = await SyntheticDevice.start(ways);
  const ptz = await Ptz.open(await connectTo(device));
  return { device, ptz, [Symbol.asyncDispose]: () => device[Symbol.asyncDispose]() };
}

describe('a camera that moves', () => {
  it('is moved for a while, stopped, and sent to presets', async () => {
    await using one = await opened({});
    expect(one.ptz.abilities).toEqual({ panTilt: true, zoom: true, presets: true });
    await one.ptz.move({ pan: 0.5, tilt: -0.25, zoom: 1 }, 0.5);
    await one.ptz.move({ zoom: -7 }, 1000);
    await one.ptz.stop();
    expect(await one.ptz.presets()).toEqual([{ token: '1', name: 'gate' }]);
    await one.ptz.goTo('1');
    expect(await one.ptz.keep('a <b>')).toBe('2');
    await one.ptz.forget('1');
    expect([...one.device.presets]).toEqual([['2', 'a &lt;b&gt;']]);
    expect(one.device.moves).toEqual([
      'pan 0.5 tilt -0.25 zoom 1 for PT0.5S',
      'pan undefined tilt undefined zoom -1 for PT60.0S',
      'stop',
      'preset 1',
    ]);
  });

  it.each<[string, NonNullable<DeviceWays['ptz']>, string]>([
    ['quirk 70: pan and tilt alone', { panTilt: true, zoom: false, presets: 0 }, 'does not zoom'],
    ['quirk 70: zoom alone', { panTilt: false, zoom: true, presets: 0 }, 'does not pan or tilt'],
  ])('%s: the other is refused by name and never asked for', async (_name, ptz, says) => {
    await using one = await opened({ ptz });
    const { panTilt } = one.ptz.abilities;
    const [can, cannot] = panTilt ? [{ pan: 1 }, { zoom: 1 }] : [{ zoom: 1 }, { pan: 1 }];
    await one.ptz.move(can, 1);
    await expect(one.ptz.move(cannot, 1)).rejects.toMatchObject({
      fault: 'unsupported',
      message: expect.stringContaining(says),
    });
    await expect(one.ptz.goTo('1')).rejects.toMatchObject({ message: 'the camera keeps no presets' });
    expect(await one.ptz.presets()).toEqual([]);
    expect(one.device.moves).toHaveLength(1);
  });

  it('quirk 70: it moves and answers with an empty fault', async () => {
    await using one = await opened({ faultAfterMove: true });
    await one.ptz.move({ pan: 1 }, 1);
    await one.ptz.stop();
    expect(one.device.moves).toHaveLength(2);
  });

  it('does not move', async () => {
    await using device = await SyntheticDevice.start({ ptz: 'none' });
    await expect(Ptz.open(await connectTo(device))).rejects.toMatchObject({
      fault: 'unsupported',
      message: 'the camera does not move',
    });
  });
});
