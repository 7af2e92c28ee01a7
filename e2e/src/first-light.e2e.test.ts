import { describe, expect, it } from 'vitest';

import {
  Browser,
  decodeComplaints,
  eventually,
  footageBytes,
  Installation,
  monotonicMs,
  ProductPage,
  probeFootage,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';

const IDS = ['yard', 'door'];

describe('first light', () => {
  it('two cameras: the page lists and plays them, and their footage grows', async () => {
    await using cameras = await SyntheticCameras.start({ count: 2 });
    await using installation = await Installation.start();
    for (const [index, id] of IDS.entries()) {
      const source_url = cameras.urls[index]!;
      await installation.api.addStream({ id, source_url, recording: { enabled: true } });
    }
    await recordsAgain(installation, IDS, new Set(), 15_000);
    const listed = async () => (await installation.api.streams('status=active&recording=true')).length === 2;
    await eventually('both to be listed as active and recording', listed, { timeoutMs: 3000 });

    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn();
    for (const id of IDS) await product.playing(id);
    for (const id of IDS) {
      const began = monotonicMs();
      await product.open(id);
      await product.playing(id);
      console.log(
        `${id}: picture ${(monotonicMs() - began).toFixed(0)} ms after the click, as the test sees it`,
      );
      const facts = await product.watch(id, 3000);
      expect(facts).toMatchObject({ width: 1280, height: 720 });
      expect(facts.advanced).toBeGreaterThan(2.4);
      expect(facts.changes).toBeGreaterThan(45);
      await product.backToWall();
    }
    expect(browser.complaints).toEqual([]);

    for (const id of IDS) {
      const before = await footageBytes(installation.dataDir, id);
      const grown = async () => (await footageBytes(installation.dataDir, id)) > before;
      await eventually(`footage of ${id} to grow`, grown, { timeoutMs: 3000 });
    }
  });

  it('drains within 5 s of SIGTERM, and what was set up is there after the next start', async () => {
    await using cameras = await SyntheticCameras.start({ count: 2 });
    await using installation = await Installation.start();
    await installation.api.addStream({
      id: 'yard',
      source_url: cameras.urls[0]!,
      recording: { enabled: true, segment_duration: 60 },
    });
    await installation.api.addStream({ id: 'door', source_url: cameras.urls[1]! });
    await recordsAgain(installation, ['yard'], new Set(), 15_000);
    const indexed = async () => (await installation.api.recordings('yard'))[0]?.filename;
    const earlier = await eventually('the file to be in the index', indexed, { timeoutMs: 3000 });

    await installation.drain();
    console.log(`drained: ${JSON.stringify(installation.drained)}`);
    expect(await installation.processes()).toEqual([]);
    const [file] = await probeFootage(installation.dataDir, 'yard');
    expect(await decodeComplaints(file!.path)).toBe('');

    await Promise.all([installation.startEngine(), installation.startServer()]);
    await installation.ready();
    await recordsAgain(installation, ['yard'], new Set([file!.path]), 15_000);
    const live = async () => (await installation.api.stream('yard')).recording.status === 'recording';
    await eventually('yard to be recorded in the eyes of the server', live, { timeoutMs: 3000 });
    const [door, yard] = (await installation.api.streams()).sort((a, b) => a.id.localeCompare(b.id));
    expect(yard).toMatchObject({
      id: 'yard',
      status: 'active',
      recording: { enabled: true, status: 'recording' },
    });
    expect(door).toMatchObject({ id: 'door', recording: { enabled: false } });
    expect(await installation.api.stream('yard')).toMatchObject({ recording: { segment_duration: 60 } });
    expect((await installation.api.recordings('yard')).map((row) => row.filename)).toContain(earlier);
  });
});
