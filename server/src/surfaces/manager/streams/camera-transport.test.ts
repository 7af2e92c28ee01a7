import { rm } from 'node:fs/promises';
import type { DesiredSource, Fact } from '@nightjar/contract/link';
import type { StreamDetail } from '@nightjar/contract/manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../../testing/index.ts';

const FIRST = 'a1'.repeat(32);
const OTHER = 'b2'.repeat(32);
const AT = '2024-01-15T10:00:01.000Z';

let dataDir: string;
let server: TestServer;
let engine: FakeEngine;
beforeEach(async () => {
  dataDir = await newDataDir();
  server = await TestServer.start({ dataDir });
  await server.listen();
  engine = await FakeEngine.start(dataDir);
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsps://10.0.0.5:7441/a' });
  await sourceThat(() => true);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const detail = () => server.expect<StreamDetail>(200, 'GET', '/api/streams/yard');
const sourceThat = async (is: (source: DesiredSource) => boolean) =>
  (await engine.desired(({ streams }) => streams[0] !== undefined && is(streams[0].source))).streams[0]!;
const seen = (fingerprint: string, trusted: boolean) =>
  engine.acknowledged(
    engine.fact({ kind: 'stream.certificate', stream_id: 'yard', fingerprint, trusted, at: AT } as Fact),
  );
const accept = (fingerprint: string) => server.call('POST', '/api/streams/yard/certificate', { fingerprint });

describe('the transport of a camera', () => {
  test('is chosen by the stream, and the one in use is shown', async () => {
    expect(await detail()).toMatchObject({ transport: 'auto', transport_used: null });
    await server.expect(200, 'PUT', '/api/streams/yard', { transport: 'udp' });
    await sourceThat(({ transport }) => transport === 'udp');
    const live = { kind: 'stream.state', stream_id: 'yard', state: 'live', previous: 'ready', at: AT };
    await engine.acknowledged(engine.fact({ ...live, transport: 'udp' } as Fact));
    expect(await detail()).toMatchObject({ transport: 'udp', transport_used: 'udp' });
    await server.expect(200, 'PUT', '/api/streams/yard', { transport: null });
    await sourceThat(({ transport }) => transport === undefined);
  });
});

describe('the certificate of a camera', () => {
  test('that is seen first is the one it is pinned to', async () => {
    await seen(FIRST, true);
    await sourceThat(({ tls_pin }) => tls_pin === FIRST);
    expect((await detail()).certificate).toEqual({ pinned: FIRST, refused: null });
  });

  test('that is another one is refused until it is accepted, and by its fingerprint only', async () => {
    await seen(FIRST, true);
    expect((await accept(OTHER)).status).toBe(400);
    await seen(OTHER, false);
    expect((await detail()).certificate).toEqual({ pinned: FIRST, refused: OTHER });
    for (const wrong of [FIRST, 'c3'.repeat(32), '', 'x']) expect((await accept(wrong)).status).toBe(400);
    expect((await accept(OTHER)).body).toEqual({ status: 'restarting' });
    expect((await sourceThat(({ tls_pin }) => tls_pin === OTHER)).restart_count).toBe(1);
    expect((await detail()).certificate).toEqual({ pinned: OTHER, refused: null });
  });

  test('holds for the camera it was seen at', async () => {
    await seen(FIRST, true);
    const put = (source_url: string) => server.expect(200, 'PUT', '/api/streams/yard', { source_url });
    await put('rtsps://admin:pw@10.0.0.5:7441/b');
    expect((await detail()).certificate.pinned).toBe(FIRST);
    await put('rtsps://***:***@10.0.0.5:7441/c');
    expect((await detail()).certificate.pinned).toBe(FIRST);
    await put('rtsps://10.0.0.6:7441/b');
    expect((await detail()).certificate).toEqual({ pinned: null, refused: null });
    await sourceThat(({ tls_pin }) => tls_pin === undefined);
  });

  test('survives a restart of the server', async () => {
    await seen(FIRST, true);
    await server[Symbol.asyncDispose]();
    server = await TestServer.start({ dataDir });
    await server.listen();
    expect((await detail()).certificate.pinned).toBe(FIRST);
  });
});
