import { X509Certificate } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import {
  SELF_SIGNED,
  SELF_SIGNED_AGAIN,
  SELF_SIGNED_LONG_AGO,
  type SyntheticCameras,
  startSyntheticCameras,
} from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CameraFront, until } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

let cameras: SyntheticCameras;
beforeAll(async () => {
  cameras = await startSyntheticCameras({ cameras: [{ path: 'yard', clip: 'yard' }], manyWays: true });
});
afterAll(() => cameras.close());
afterEach(Visit.endAll);

const fingerprintOf = ({ cert }: { cert: string }) =>
  new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
const FIRST = fingerprintOf(SELF_SIGNED);
const OTHER = fingerprintOf(SELF_SIGNED_AGAIN);

const secured = (tls: TlsOptions, port = 0) => CameraFront.start({ port: cameras.port, tls }, port);
const urlOf = ({ port }: CameraFront) => `rtsps://127.0.0.1:${port}/yard`;
const isLive = (visit: Visit) => until(() => visit.told.includes('live'));

describe('a camera behind TLS', () => {
  it.each(['auto', 'http'] as const)('plays over %s, and its certificate is told of', async (transport) => {
    await using camera = await secured(SELF_SIGNED);
    const visit = new Visit({ url: urlOf(camera), transport });
    await until(() => visit.of('video').length > 10 && visit.of('audio').length > 10);
    expect(visit.transport).toBe(transport === 'auto' ? 'tcp' : 'http');
    expect(visit.certificates[0]).toEqual({ fingerprint: FIRST, trusted: true });
    expect(visit.datagrams).toEqual([]);
  });

  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)(
    'quirk 15: plays although it knows nothing above %s, with a key of 1,024 bits',
    async (maxVersion) => {
      const old = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      await using camera = await secured({ ...SELF_SIGNED_LONG_AGO, ...old });
      const visit = new Visit({ url: urlOf(camera) });
      await isLive(visit);
      expect(visit.certificates).toEqual([
        { fingerprint: fingerprintOf(SELF_SIGNED_LONG_AGO), trusted: true },
      ]);
    },
  );

  it('that is pinned to its certificate has nothing to tell', async () => {
    await using camera = await secured(SELF_SIGNED);
    const visit = new Visit({ url: urlOf(camera), tls_pin: FIRST });
    await isLive(visit);
    expect(visit.certificates).toEqual([]);
  });

  it('that shows another certificate than its pin is told nothing, not even the path', async () => {
    await using camera = await secured(SELF_SIGNED_AGAIN);
    for (const transport of ['tcp', 'http'] as const) {
      const login = { username: 'admin', password: 'canary' };
      const visit = new Visit({ url: urlOf(camera), transport, tls_pin: FIRST, ...login });
      expect(await visit.fault()).toBe('tls_changed');
      expect(String(await visit.error)).toContain(OTHER.slice(0, 16));
      expect(visit.certificates).toEqual([{ fingerprint: OTHER, trusted: false }]);
    }
    expect(camera.requests).toEqual([]);
  });

  it('is held to the first certificate also before anybody has stored it', async () => {
    const camera = await secured(SELF_SIGNED);
    const { port } = camera;
    const first = new Visit({ url: urlOf(camera) });
    await isLive(first);
    await camera[Symbol.asyncDispose]();
    expect(await first.fault()).toBe('closed_by_camera');
    await using impostor = await secured(SELF_SIGNED_AGAIN, port);
    const second = new Visit({ url: urlOf(impostor) }, { after: first });
    expect(await second.fault()).toBe('tls_changed');
    const accepted = new Visit({ url: urlOf(impostor), tls_pin: OTHER }, { after: second });
    await isLive(accepted);
  });

  it.each([
    ['plain RTSP', 'rtsps', {}],
    ['RTSP that wants TLS', 'rtsp', { tls: SELF_SIGNED }],
  ] as const)('and %s do not understand each other', async (_what, scheme, options) => {
    await using camera = await CameraFront.start({ port: cameras.port, ...options });
    const visit = new Visit({ url: `${scheme}://127.0.0.1:${camera.port}/yard`, transport: 'tcp' });
    expect(['not_rtsp', 'closed_by_camera', 'unreachable']).toContain(await visit.fault());
  });
});
