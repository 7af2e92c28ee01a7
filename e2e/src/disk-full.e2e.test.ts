import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  decodeComplaints,
  eventually,
  footage,
  Installation,
  monotonicMs,
  probeFootage,
  SyntheticCameras,
  TEST_CONFIG,
} from './harness/index.ts';

const MIB = 2 ** 20;
const IDS = ['yard', 'door'];

/** A disk of 64 MiB; undefined where this user may not mount one. */
async function smallDisk(): Promise<(AsyncDisposable & { path: string }) | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'nightjar-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', path]).status === 0;
  const remove = () => rm(path, { recursive: true, force: true });
  if (!mounted) {
    await remove();
    return undefined;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      spawnSync('umount', ['-l', path]);
      await remove();
    },
  };
}

async function free(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

it('on a full disk live goes on and recording waits for room; with a floor the oldest unprotected footage makes it', async (context) => {
  await using disk = await smallDisk();
  if (!disk) return context.skip('no disk may be mounted here');
  const { path } = disk;
  const config = TEST_CONFIG.replace(
    'recording:\n',
    `recording:\n  base_path: ${join(path, 'recordings')}\n  min_free_bytes: 0\n`,
  );
  await using cameras = await SyntheticCameras.start({ count: 2 });
  await using installation = await Installation.start({ config });
  const { api } = installation;
  const recording = { enabled: true, segment_duration: 2 };
  for (const [index, id] of IDS.entries())
    await api.addStream({ id, source_url: cameras.urls[index]!, recording });
  const files = () => footage(path, 'yard');
  await eventually('footage', async () => (await files()).length > 2, { timeoutMs: 20_000 });

  // Full: the recording fails in words, and pictures come as before.
  const filler = join(path, 'filler');
  await writeFile(filler, Buffer.alloc((await free(path)) - MIB)).catch(() => undefined);
  const state = async (id: string) => (await api.stream(id)).recording.status;
  const failed = async () => (await Promise.all(IDS.map(state))).every((status) => status === 'failed');
  await eventually('both recordings to fail', failed, { timeoutMs: 30_000 });
  const frames = async () => (await api.stream('yard')).metrics.packets_received ?? 0;
  const before = await frames();
  await eventually('pictures to go on', async () => (await frames()) > before, { timeoutMs: 10_000 });
  expect(await api.stream('yard')).toMatchObject({ status: 'active', state: 'live' });

  // Room again: recording within 10 s.
  await rm(filler);
  const began = monotonicMs();
  const again = async () => (await Promise.all(IDS.map(state))).every((status) => status === 'recording');
  await eventually('both to record again', again, { timeoutMs: 10_000, everyMs: 50 });
  console.log(`recording again ${(monotonicMs() - began).toFixed(0)} ms after there was room`);

  // A floor: the oldest goes, but what is protected.
  const [kept, ...others] = await files();
  await api.expect(200, 'PATCH', `/api/streams/yard/recordings/${kept!.filename}`, { protected: true });
  const floor = (await free(path)) + 0.2 * MIB;
  await api.expect(200, 'PUT', '/api/config', { recording: { min_free_bytes: Math.ceil(floor) } });
  await api.expect(200, 'POST', '/api/config/reload');
  const gone = async () => !(await files()).some(({ filename }) => filename === others[0]!.filename);
  await eventually('the oldest unprotected file to go', gone, { timeoutMs: 20_000 });
  const listed = async () =>
    ((await api.expect(200, 'GET', '/api/streams/yard/recordings')) as { recordings: { filename: string }[] })
      .recordings;
  expect((await files()).map(({ filename }) => filename)).toContain(kept!.filename);
  expect(await listed()).toContainEqual(
    expect.objectContaining({ filename: kept!.filename, protected: true }),
  );

  await installation.drain();
  for (const id of IDS) {
    for (const file of await probeFootage(path, id))
      expect(await decodeComplaints(file.path), file.path).toBe('');
  }
});
