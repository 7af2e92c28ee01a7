import { appendFile, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  eventually,
  footage,
  Installation,
  REPOSITORY,
  recordsAgain,
  runCommand,
  SyntheticCameras,
} from './harness/index.ts';

interface Verification {
  files: number;
  repaired: number;
  open: number;
  findings: { streamId: string; filename: string; kind: string; detail: string }[];
}

async function verify(dataDir: string, ...flags: string[]) {
  const { code, stdout, stderr } = await runCommand(
    join(REPOSITORY, 'nightjar'),
    ['verify', '--data', dataDir, '--json', ...flags],
    { timeoutMs: 30_000 },
  );
  const text = stdout.toString();
  return { code, stderr, report: text ? (JSON.parse(text) as Verification) : undefined };
}

/** Changes one byte. */
async function spoil(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte[0]! ^= 0xff;
  await file.write(byte, 0, 1, offset);
  await file.close();
}

it('./nightjar verify finds what is torn, gone, strange or changed; repairs files and makes the index anew', async () => {
  await using cameras = await SyntheticCameras.start({ count: 1 });
  await using installation = await Installation.start();
  const { api, dataDir } = installation;
  const recording = { enabled: true, segment_duration: 3 };
  await api.addStream({ id: 'yard', source_url: cameras.urls[0]!, recording });
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
  const files = () => footage(dataDir, 'yard');
  await eventually('three files', async () => (await files()).length > 2, { timeoutMs: 20_000 });

  // Between two files none is open.
  const whileRecording = async () => {
    const found = await verify(dataDir);
    return found.report?.open === 1 && found;
  };
  const live = await eventually('a file to be open', whileRecording, { timeoutMs: 20_000 });
  expect(live.report!.findings.filter(({ kind }) => kind !== 'not_indexed')).toEqual([]);
  const refused = await verify(dataDir, '--repair');
  expect(refused).toMatchObject({ code: 75, report: undefined });
  expect(refused.stderr).toContain('stop it first');

  await installation.drain();
  const clean = await verify(dataDir, '--rebuild', '--deep');
  expect(clean.code, JSON.stringify(clean.report)).toBe(0);

  const [first, second, third] = await files();
  // Inside the first key frame: no box is harmed.
  await spoil(first!.path, 6_000);
  await rm(second!.path);
  await appendFile(join(dataDir, 'recordings', 'hot', 'yard', '2020-01-01_00-00-00.mp4'), 'a film of mine');
  const amiss = await verify(dataDir, '--deep');
  expect(amiss.code).toBe(1);
  expect(amiss.report!.findings.map(({ filename, kind }) => [filename, kind])).toEqual([
    ['2020-01-01_00-00-00.mp4', 'foreign'],
    [first!.filename, 'hash_differs'],
    [second!.filename, 'file_missing'],
  ]);

  const torn = await open(third!.path, 'r+');
  await torn.truncate(third!.bytes - 2_000);
  await torn.utimes(0, 0);
  await torn.close();
  expect((await verify(dataDir)).report!.findings).toContainEqual(
    expect.objectContaining({ filename: third!.filename, kind: 'torn' }),
  );
  const rebuilt = await verify(dataDir, '--rebuild');
  expect(rebuilt.report).toMatchObject({ repaired: 1 });
  expect(rebuilt.report!.findings.map(({ kind }) => kind)).toEqual(['foreign']);
});
