import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GstreamerCamera } from './cameras/gstreamer.ts';
import {
  Browser,
  decodeComplaints,
  eventually,
  Installation,
  largestStep,
  measureSync,
  monotonicMs,
  outputOf,
  ProductPage,
  probeFootage,
  recordsAgain,
} from './harness/index.ts';

const FPS = 25;
const FRAME_S = 1 / FPS;
const ID = 'gstreamer';
const QUIET = ['-nostdin', '-v', 'error'];
const PASSWORD = 's3cret/Canary';

/** A like camera recorded by ffmpeg: how far apart sound and picture are when they leave the camera. */
async function referenceOffset(folder: string): Promise<number> {
  await using camera = await GstreamerCamera.start({ fps: FPS });
  const file = join(folder, 'reference.mp4');
  const copy = ['-t', '6', '-c', 'copy', '-movflags', 'frag_keyframe+empty_moov', file];
  await outputOf('ffmpeg', [...QUIET, '-rtsp_transport', 'tcp', '-i', camera.url, ...copy]);
  const { offsets } = await measureSync(file);
  return offsets.reduce((sum, value) => sum + value, 0) / offsets.length;
}

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;

describe("GStreamer's RTSP server as a camera", () => {
  it('with digest authentication is added, active within 3 s, played, and recorded in sync', async () => {
    await using camera = await GstreamerCamera.start({ user: 'admin', password: PASSWORD, fps: FPS });
    await using installation = await Installation.start();
    await installation.api.addStream({ id: ID, source_url: camera.url, recording: { enabled: true } });

    const played = await eventually('the camera to be asked to play', () => camera.plays[0], {
      timeoutMs: 10_000,
      everyMs: 10,
    });
    const active = async () => (await installation.api.stream(ID)).status === 'active';
    await eventually('status active', active, { timeoutMs: 3000, everyMs: 20 });
    console.log(
      `active ${(monotonicMs() - played).toFixed(0)} ms after PLAY, with which the first key frame comes`,
    );
    expect(monotonicMs() - played).toBeLessThan(3000);

    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn();
    await product.open(ID);
    await product.playing(ID);
    const facts = await product.watch(ID, 5000);
    console.log(`Chromium: ${JSON.stringify(facts)}`);
    expect(facts).toMatchObject({ width: 640, height: 480 });
    expect(facts.advanced).toBeGreaterThan(4);
    expect(facts.changes).toBeGreaterThan(FPS * 3);
    expect(browser.complaints).toEqual([]);

    const reference = await referenceOffset(installation.dataDir);
    const detail = await installation.api.stream(ID);
    expect(detail.tracks.map((track) => track.kind).sort()).toEqual(['audio', 'video']);
    expect(detail.errors).toEqual([]);
    await installation.drain();

    const [file, ...others] = await probeFootage(installation.dataDir, ID);
    expect(others).toEqual([]);
    expect(await decodeComplaints(file!.path)).toBe('');
    expect(file!.video).toMatchObject({ codec: 'h264', width: 640, height: 480 });
    expect(file!.audio).toMatchObject({ codec: 'aac', sampleRate: 48_000 });
    expect(largestStep(file!.video!.packets)).toBeLessThan(2 * FRAME_S);
    expect(largestStep(file!.audio!.packets)).toBeLessThan(2 * (1024 / 48_000));

    const { offsets } = await measureSync(file!.path);
    console.log(
      `sound after picture in the recording: ${offsets.map(ms).join(', ')}; at the camera ${ms(reference)}`,
    );
    expect(offsets.length).toBeGreaterThanOrEqual(3);
    for (const offset of offsets) {
      expect(Math.abs(offset)).toBeLessThan(FRAME_S);
      // Two recordings of one camera may differ by an AAC frame, 21 ms: each begins with a whole one.
      expect(Math.abs(offset - reference)).toBeLessThan(1.25 * (1024 / 48_000));
    }
  });

  // Times that go back are not frames out of order: decode times must not crawl from there on. The camera
  // itself pauses for some frames while it begins anew.
  it('that starts its timestamps again when a second client comes is still recorded whole', async () => {
    await using camera = await GstreamerCamera.start({ fps: FPS });
    await using installation = await Installation.start();
    await installation.api.addStream({ id: ID, source_url: camera.url, recording: { enabled: true } });
    await recordsAgain(installation, [ID], new Set(), 10_000);
    await outputOf('ffmpeg', [
      ...QUIET,
      '-rtsp_transport',
      'tcp',
      '-i',
      camera.url,
      '-t',
      '3',
      '-f',
      'null',
      '-',
    ]);
    await installation.drain();
    const files = await probeFootage(installation.dataDir, ID);
    for (const file of files) {
      expect(await decodeComplaints(file.path), file.path).toBe('');
      expect(largestStep(file.video!.packets)).toBeLessThan(0.5);
      for (const { dts, pts } of file.video!.packets) expect(Math.abs(pts - dts)).toBeLessThan(FRAME_S);
    }
    const frames = files.reduce((sum, file) => sum + file.video!.packets.length, 0);
    const seconds = files.reduce((sum, file) => sum + file.duration, 0);
    expect(frames / seconds).toBeGreaterThan(FPS * 0.9);
    expect(frames / seconds).toBeLessThan(FPS * 1.1);
  });
});
