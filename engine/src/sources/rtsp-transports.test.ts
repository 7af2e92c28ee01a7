import { setTimeout as pause } from 'node:timers/promises';
import { FakeClock, type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CameraFront, type CameraFrontOptions, until } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

let cameras: SyntheticCameras;
beforeAll(async () => {
  cameras = await startSyntheticCameras({ cameras: [{ path: 'yard', clip: 'yard' }], manyWays: true });
});
afterAll(() => cameras.close());
afterEach(Visit.endAll);

const front = (options: Partial<CameraFrontOptions>) => CameraFront.start({ port: cameras.port, ...options });
const urlOf = ({ port }: { port: number }) => `rtsp://127.0.0.1:${port}/yard`;
const asksFor = (transport: 'tcp' | 'udp') => (request: string) => {
  const asked = /^Transport: RTP\/AVP(\/\w+)?/im.exec(request)?.[1];
  return asked === `/${transport.toUpperCase()}`;
};
const plays = (visit: Visit) =>
  until(() => visit.told.includes('live') && visit.of('video').length > 10 && visit.of('audio').length > 10);

describe('a transport that was chosen', () => {
  it.each(['tcp', 'udp', 'http'] as const)('%s is the one that is used', async (transport) => {
    const visit = new Visit({ url: urlOf(cameras), transport });
    await plays(visit);
    expect(visit.transport).toBe(transport);
    expect(visit.told).toEqual(['ready', 'live']);
    expect(visit.counters).toMatchObject({ lost: 0, dropped: 0 });
    expect(visit.datagrams.length).toBe(transport === 'udp' ? 4 : 0);
    expect(visit.sockets.length).toBe(transport === 'http' ? 2 : 1);
  });

  it.each([
    ['udp', 'UDP'],
    ['tcp', 'TCP'],
  ] as const)('%s that the camera refuses is not replaced', async (transport, word) => {
    await using picky = await front({
      refuse: (request) => (asksFor(transport)(request) ? '461 Unsupported Transport' : undefined),
    });
    const visit = new Visit({ url: urlOf(picky), transport });
    expect(await visit.fault()).toBe('protocol_error');
    expect(String(await visit.error)).toContain(`461 Unsupported Transport (no RTP over ${word})`);
    expect(visit.told).toEqual([]);
  });

  it('UDP goes by the policy, like every socket', async () => {
    const policy = { allow: ['127.0.0.1'], deny: [], ports: [] };
    const visit = new Visit({ url: urlOf(cameras), transport: 'udp' }, { policy });
    await plays(visit);
    policy.allow.length = 0;
    visit.abort();
    await visit.error;
    expect(await new Visit({ url: urlOf(cameras), transport: 'udp' }, { policy }).fault()).toBe(
      'target_denied',
    );
  });
});

describe('a camera that knows one transport only', () => {
  it('is played over UDP when it refuses TCP, and the next time at once', async () => {
    await using picky = await front({
      refuse: (request) => (asksFor('tcp')(request) ? '461 Unsupported Transport' : undefined),
    });
    const visit = new Visit({ url: urlOf(picky) });
    await plays(visit);
    expect(visit.transport).toBe('udp');
    expect(visit.told).toEqual(['ready', 'live']);
    visit.abort();
    await visit.error;
    const asked = picky.requests.length;
    const again = new Visit({ url: urlOf(picky) }, { after: visit });
    await plays(again);
    expect(again.transport).toBe('udp');
    expect(picky.requests.slice(asked).filter((line) => line.startsWith('SETUP')).length).toBe(2);
  });

  it('is played over UDP when nothing comes over TCP, before it counts as stalled', async () => {
    await using silent = await front({ packets: false });
    const clock = new FakeClock();
    const visit = new Visit({ url: urlOf(silent) }, { clock });
    await until(() => silent.requests.some((line) => line.startsWith('PLAY')));
    // The answer to PLAY has to be taken in before time goes on.
    await until(() => clock.pending >= 4);
    clock.advance(3_999);
    await pause(20);
    expect(visit.transport).toBe('tcp');
    clock.advance(1);
    await plays(visit);
    expect(visit.transport).toBe('udp');
    expect(visit.told).toEqual(['ready', 'live']);
  });

  it('is played through HTTP when neither brings anything, and over TCP again once that works', async () => {
    const overTcp = asksFor('tcp');
    await using picky = await front({
      refuse: (request) =>
        /^SETUP/.test(request) && !overTcp(request) ? '461 Unsupported Transport' : undefined,
      packets: false,
    });
    const clock = new FakeClock();
    const visit = new Visit({ url: urlOf(picky) }, { clock });
    await until(() => clock.pending >= 4);
    clock.advance(4_000);
    await until(() => visit.told.includes('live'));
    expect(visit.transport).toBe('http');
    visit.abort();
    await visit.error;
    picky.options.refuse = (request) => (/^GET/.test(request) ? '' : undefined);
    picky.options.packets = true;
    const lost = new Visit({ url: urlOf(picky) }, { after: visit });
    expect(await lost.fault()).toBe('unreachable');
    const back = new Visit({ url: urlOf(picky) }, { after: lost });
    await plays(back);
    expect(back.transport).toBe('tcp');
  });

  it('and is slow to send over it is waited for longer once every way was silent', async () => {
    const overTcp = asksFor('tcp');
    await using slow = await front({
      refuse: (request) => {
        if (/^GET \/yard/.test(request)) return '404 Not Found';
        return /^SETUP/.test(request) && !overTcp(request) ? '461 Unsupported Transport' : undefined;
      },
      packets: false,
    });
    const clock = new FakeClock();
    const first = new Visit({ url: urlOf(slow) }, { clock });
    await until(() => clock.pending >= 4);
    clock.advance(4_000);
    expect(await first.fault()).toBe('timeout');
    const again = new Visit({ url: urlOf(slow) }, { after: first, clock });
    await until(() => clock.pending >= 4);
    clock.advance(7_000);
    slow.options.packets = true;
    await plays(again);
    expect(again.transport).toBe('tcp');
  });

  it('and that none of them reaches is told of with what each one said', async () => {
    await using closed = await front({
      refuse: (request) => {
        if (/^GET \/yard/.test(request)) return '404 Not Found';
        return /^SETUP/.test(request) ? '461 Unsupported Transport' : undefined;
      },
    });
    const visit = new Visit({ url: urlOf(closed) });
    expect(await visit.fault()).toBe('protocol_error');
    const words = String(await visit.error);
    expect(words).toMatch(/461.*over TCP.*461.*over UDP.*HTTP/);
    const again = new Visit({ url: urlOf(closed) }, { after: visit });
    await again.error;
    expect(String(await again.error)).toMatch(/^\S+ \S+ answered SETUP with 461.*over TCP/);
  });
});

describe('a redirect', () => {
  it.each(['rtsp://169.254.169.254/yard', 'rtsp://10.255.255.1:6379/yard', 'rtsp://2130706433/yard'])(
    'to %s, which may not be reached, is not followed',
    async (target) => {
      await using camera = await front({
        refuse: (request) => (/^DESCRIBE/.test(request) ? `302 Found\r\nLocation: ${target}` : undefined),
      });
      const visit = new Visit({ url: urlOf(camera), username: 'admin', password: 'canary' });
      expect(await visit.fault()).toBe('target_denied');
      expect(visit.sockets).toHaveLength(1);
    },
  );
});

describe('trouble with the sound', () => {
  const second = (request: string) => /^SETUP .*trackID=1/.test(request);

  it.each(['404 Not Found', '461 Unsupported Transport', '500 Oops'])(
    'such as %s does not stop the picture',
    async (status) => {
      await using picky = await front({ refuse: (request) => (second(request) ? status : undefined) });
      const visit = new Visit({ url: urlOf(picky) });
      await until(() => visit.of('video').length > 10);
      expect(visit.tracks).toEqual([[expect.stringMatching(/^avc1/)]]);
      expect(visit.transport).toBe('tcp');
    },
  );

  it('that ends the session is not asked for the next time, unless that was not the reason', async () => {
    let down = false;
    await using picky = await front({
      refuse: (request) => (second(request) || (down && /^DESCRIBE/.test(request)) ? '' : undefined),
    });
    const first = new Visit({ url: urlOf(picky) });
    expect(await first.fault()).toBe('closed_by_camera');
    const next = new Visit({ url: urlOf(picky) }, { after: first });
    await until(() => next.of('video').length > 10);
    next.abort();
    await next.error;
    down = true;
    const third = new Visit({ url: urlOf(picky) }, { after: next });
    expect(await third.fault()).toBe('closed_by_camera');
    const asked = picky.requests.length;
    down = false;
    const fourth = new Visit({ url: urlOf(picky) }, { after: third });
    expect(await fourth.fault()).toBe('closed_by_camera');
    expect(picky.requests.slice(asked).filter((line) => line.startsWith('SETUP')).length).toBe(2);
  });
});
