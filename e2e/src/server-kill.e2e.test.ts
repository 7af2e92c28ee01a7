import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import {
  eventually,
  footage,
  footageBytes,
  Installation,
  largestStep,
  monotonicMs,
  probeFootage,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';

const AWAY_MS = 6000;
/** Parts reach the disk each second; the rest is the look's own distance and the disk. */
const LONGEST_PAUSE_MS = 1600;

/** Longest time in ms without a new byte in a stream's files while `during` runs. */
async function longestPause(
  installation: Installation,
  id: string,
  during: Promise<unknown>,
): Promise<number> {
  let running = true;
  void during.finally(() => {
    running = false;
  });
  let longest = 0;
  let since = monotonicMs();
  let bytes = await footageBytes(installation.dataDir, id);
  while (running) {
    await pause(50);
    const now = await footageBytes(installation.dataDir, id);
    longest = Math.max(longest, monotonicMs() - since);
    if (now === bytes) continue;
    bytes = now;
    since = monotonicMs();
  }
  return longest;
}

const mediaSequence = (playlist: string): number =>
  Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1] ?? Number.NaN);

/** The first media playlist that the stream's playlist leads to, or the playlist itself. */
async function mediaPlaylist(installation: Installation, id: string): Promise<string> {
  const path = `/live/${id}/index.m3u8`;
  const index = String(await installation.api.expect(200, 'GET', path));
  if (index.includes('#EXTINF') || index.includes('#EXT-X-PART:')) return index;
  const media = index.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  return String(
    await installation.api.expect(200, 'GET', new URL(media!, `${installation.api.base}${path}`).href),
  );
}

describe('kill -9 of the server', () => {
  it('is not noticed by the recording; viewers and the index come back', async () => {
    await using cameras = await SyntheticCameras.start({ count: 2 });
    await using installation = await Installation.start();
    const ids = ['yard', 'door'];
    for (const [index, id] of ids.entries()) {
      const source_url = cameras.urls[index]!;
      await installation.api.addStream({ id, source_url, recording: { enabled: true } });
    }
    await recordsAgain(installation, ids, new Set(), 15_000);
    const before = await Promise.all(ids.map((id) => mediaPlaylist(installation, id)));
    const engine = installation.engine.pid;

    const away = async () => {
      await installation.server.kill();
      await pause(AWAY_MS);
      await installation.startServer();
      await installation.ready();
    };
    const absence = away();
    const pauses = await Promise.all(ids.map((id) => longestPause(installation, id, absence)));
    await absence;
    console.log(
      `longest pause of the files without the server: ${pauses.map((ms) => ms.toFixed(0)).join(', ')} ms`,
    );
    expect(Math.max(...pauses)).toBeLessThan(LONGEST_PAUSE_MS);
    expect(installation.engine.pid).toBe(engine);
    expect(installation.engine.exit).toBeUndefined();

    const began = monotonicMs();
    for (const [index, id] of ids.entries()) {
      const back = () => mediaPlaylist(installation, id);
      const playlist = await eventually(`HLS of ${id} after the server`, back, { timeoutMs: 5000 });
      expect(mediaSequence(playlist)).toBeGreaterThanOrEqual(mediaSequence(before[index]!));
    }
    console.log(
      `live playlists answer again ${(monotonicMs() - began).toFixed(0)} ms after the server is healthy`,
    );

    for (const id of ids) {
      const caughtUp = async () => {
        const [row] = await installation.api.recordings(id);
        const [file] = await footage(installation.dataDir, id);
        return (
          row?.filename === file?.filename &&
          row!.size >= file!.bytes - 2_000_000 &&
          row!.duration > AWAY_MS / 1000
        );
      };
      await eventually(`the index of ${id} to catch up`, caughtUp, { timeoutMs: 10_000 });
    }
    await installation.drain();
    for (const id of ids) {
      const files = await probeFootage(installation.dataDir, id);
      expect(files, 'one file, spanning the absence').toHaveLength(1);
      expect(files[0]!.duration).toBeGreaterThan(AWAY_MS / 1000);
      expect(largestStep(files[0]!.video!.packets)).toBeLessThan(0.1);
      expect(largestStep(files[0]!.audio!.packets)).toBeLessThan(0.1);
    }
  });
});
