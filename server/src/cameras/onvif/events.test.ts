import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../kernel/index.ts';
import { type DeviceNotice, EventListener } from './events.ts';
import { referenceHeaders } from './reference.ts';
import type { EventWays } from './testing/device-ways.ts';
import { reach } from './testing/loopback.ts';
import { SyntheticDevice } from './testing/synthetic-device.ts';

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 5 });

class Listening implements AsyncDisposable {
  readonly notices: DeviceNotice[] = [];
  readonly states: string[] = [];
  readonly device: SyntheticDevice;
  readonly listener: EventListener;

  private constructor(device: SyntheticDevice) {
    this.device = device;
    this.listener = new EventListener({
      clock: systemClock,
      device: reach(device),
      onNotice: (notice) => void this.notices.push(notice),
      onState: (state) => void this.states.push(state === 'listening' ? state : state.message),
    });
    this.listener.start();
  }

  static async to(events: EventWays, clockAheadMs = 0): Promise<Listening> {
    return new Listening(await SyntheticDevice.start({ events, clockAheadMs }));
  }

  /** Kind and motion of what was told. */
  get told(): string[] {
    return this.notices.map(({ kind, data }) => `${kind} ${data['IsMotion']}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
    await this.device[Symbol.asyncDispose]();
  }
}

describe.concurrent('events of a camera', () => {
  it('are pulled as they come, and the subscription is ended at the end', async () => {
    await using one = await Listening.to({});
    await eventually(() => expect(one.states).toEqual(['listening']));
    one.device.pulls.motion(true);
    await eventually(() => expect(one.told).toEqual(['state false', 'change true']));
    expect(one.notices[1]).toEqual({
      kind: 'change',
      topic: 'RuleEngine/CellMotionDetector/Motion',
      source: { VideoSourceConfigurationToken: 'v' },
      data: { IsMotion: 'true' },
    });
    await one.listener.close();
    await one.listener.close();
    expect(one.device.pulls.open).toBe(0);
  });

  it.each<[string, EventWays]>([
    ['quirk 68: a subscription must name its lifetime', { needsLifetime: true }],
    ['quirk 68: minutes are misread', { secondsOnly: true }],
    ['quirk 68: renewing is refused', { noRenew: true, grantsS: 1 }],
    ['quirk 68: a lifetime of two seconds', { grantsS: 2 }],
    ['quirk 68: connections are closed before a poll is over', { closesAfterS: 0.3 }],
  ])(
    '%s: nothing is missed for long',
    async (_name, ways) => {
      await using one = await Listening.to(ways);
      await eventually(() => expect(one.told).toContain('state false'));
      const { made } = one.device.pulls;
      if (ways.noRenew || ways.closesAfterS !== undefined) {
        await eventually(() => expect(one.device.pulls.made).toBeGreaterThan(made));
      } else if (ways.grantsS !== undefined) {
        await eventually(() =>
          expect(one.device.asked.filter((name) => name === 'Renew').length).toBeGreaterThan(1),
        );
        expect(one.device.pulls.made).toBe(made);
      }
      one.device.pulls.motion(true);
      await eventually(() => expect(one.told).toContain('change true'));
    },
    20_000,
  );

  it('quirk 68: room for one: the old subscription is ended before a new one is asked for', async () => {
    await using one = await Listening.to({ room: 1, closesAfterS: 0.2 });
    await eventually(() => expect(one.device.pulls.made).toBeGreaterThan(1));
    expect(one.states).not.toContain('the device refused: no room for another subscription');
  });

  it('quirk 68: a device that answers at once is not asked without pause', async () => {
    await using one = await Listening.to({ noLongPoll: true });
    await eventually(() => expect(one.device.pulls.pulled).toBe(2));
    const before = one.device.pulls.pulled;
    const began = performance.now();
    await eventually(() => expect(one.device.pulls.pulled).toBe(before + 2));
    expect(performance.now() - began).toBeGreaterThan(1_000);
  });

  it('quirk 68: a forgotten subscription is made again', async () => {
    await using one = await Listening.to({});
    await eventually(() => expect(one.states).toEqual(['listening']));
    one.device.pulls.forget();
    await eventually(() => expect(one.device.pulls.made).toBe(2));
    one.device.pulls.motion(true);
    await eventually(() => expect(one.told).toContain('change true'));
  }, 20_000);

  it('quirk 69: the state that a new subscription repeats is no motion, whatever it calls itself', async () => {
    await using one = await Listening.to({ replaysAsChanged: true });
    await eventually(() => expect(one.told).toEqual(['state false']));
    one.device.pulls.motion(true);
    await eventually(() => expect(one.told).toContain('change true'));
    one.device.pulls.forget();
    await eventually(() => expect(one.device.pulls.made).toBe(2));
    one.device.pulls.motion(false);
    await eventually(() => expect(one.told.at(-1)).toBe('change false'));
    expect(one.told.filter((text) => text.startsWith('change'))).toEqual(['change true', 'change false']);
  }, 20_000);

  it('of a subscription that is named by a reference parameter alone', async () => {
    await using one = await Listening.to({ byReference: true, grantsS: 2 });
    await eventually(() => expect(one.told).toEqual(['state false']));
    await eventually(() =>
      expect(one.device.asked.filter((name) => name === 'Renew').length).toBeGreaterThan(0),
    );
    expect(one.device.pulls.made).toBe(1);
    await one.listener.close();
    expect(one.device.pulls.open).toBe(0);
  });

  it.each([
    ['none', '<a/>', ''],
    [
      'a prefix declared above',
      '<x xmlns:q="urn:q"><w:ReferenceParameters><q:Id>7</q:Id></w:ReferenceParameters></x>',
      '<Id xmlns="urn:q" ',
    ],
    [
      'a default namespace',
      '<ReferenceParameters><Id xmlns="urn:d">7</Id></ReferenceParameters>',
      '<Id xmlns="urn:d" ',
    ],
    [
      'two',
      '<ReferenceParameters><A>1</A><b:B xmlns:b="urn:b">2</b:B></ReferenceParameters>',
      '<B xmlns="urn:b" ',
    ],
    ['markup inside', '<ReferenceParameters><A><B>1</B></A></ReferenceParameters>', '<B '],
  ])('reference parameters: %s', (_name, answer, part) => {
    expect(referenceHeaders(answer)).toContain(part);
  });

  it('a clock that is off does not shorten lives', async () => {
    await using one = await Listening.to({}, 3 * 3_600_000);
    await eventually(() => expect(one.states).toEqual(['listening']));
    expect(one.device.asked.filter((name) => name === 'Renew')).toEqual([]);
  });
});
