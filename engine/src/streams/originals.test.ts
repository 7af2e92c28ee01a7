import { PrivacyOptions } from '@nightjar/contract';
import { makeOriginalsPair, openingKey } from '@nightjar/contract/link';
import { scanMp4 } from '@nightjar/media/mp4';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookAtSealed, Unsealed } from '../recorder/index.ts';
import { bytesPort } from '../recorder/testing/memory-storage.ts';
import { desiredState, desiredStream, type Publisher, StreamsRig } from '../testing/index.ts';

const pair = makeOriginalsPair();
const key = { id: 'k1', public_half: pair.publicHalf };
const FOLDER = '/footage/hot/cam';
const recording = { enabled: true, segment_duration: 4 };
const privacy = PrivacyOptions.parse({});

/** A stream whose privacy is on; nothing covers its pictures here, so that it has no covered ones. */
const yard = (changes: object) => desiredStream('cam', { privacy, recording, ...changes });

let rig: StreamsRig;
let camera: Publisher | undefined;
beforeEach(() => {
  rig = new StreamsRig();
  camera = undefined;
});
afterEach(async () => {
  await rig.registry.close();
  camera?.close();
  expect(rig.pool.held).toBe(0);
});

async function play(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 0.5) {
    camera!.play(0.5);
    await rig.registry.settled();
    await rig.advance(0);
  }
}

const files = () => rig.storage.namesIn(FOLDER);
const kinds = () => rig.facts.flatMap((fact) => (fact.kind === 'recording.state' ? [fact.state] : []));

it('originals are recorded where the policy says so, sealed, and told of as footage of the stream', async () => {
  camera = await rig.live([yard({ originals: { key, alone: false } })]);
  await play(9);
  expect([...rig.registry.recorded('cam')!.writing].length).toBe(1);
  await rig.registry.close();
  expect(files().length).toBeGreaterThan(1);
  for (const name of files()) {
    expect(name).toMatch(/\.mp4\.sealed$/);
    const { bytes } = rig.storage.files.get(`${FOLDER}/${name}`)!;
    const look = await lookAtSealed(bytesPort(bytes));
    if (!look || look === 'torn') throw new Error(`${name} is not sealed`);
    expect(look.head).toMatchObject({ keyId: 'k1', description: { streamId: 'cam' } });
    expect(look.closed).toBe(true);
    const data = openingKey(pair.privateHalf, { ephemeral: look.head.ephemeral, streamId: 'cam' });
    const inside = await scanMp4(new Unsealed(bytesPort(bytes), look, data));
    expect(inside.closed).toBe(true);
    const closed = rig.facts.find((fact) => fact.kind === 'segment.closed' && fact.filename === name);
    expect(closed).toMatchObject({ stream_id: 'cam', bytes: bytes.length });
  }
  // Whether the stream is recorded is said of its covered pictures, of which there are none here.
  expect(kinds()).not.toContain('recording');
});

it('alone, they are what is said to be recorded', async () => {
  camera = await rig.live([yard({ originals: { key, alone: true } })]);
  await play(3);
  expect(kinds().at(-1)).toBe('recording');
  expect(files().every((name) => name.endsWith('.sealed'))).toBe(true);
});

it.each([
  ['no policy that says so', {}],
  ['no recording', { originals: { key, alone: false }, recording: { ...recording, enabled: false } }],
  ['a pause', { originals: { key, alone: true }, recording: { ...recording, paused: true } }],
])('with %s nothing of an original is written', async (_, changes) => {
  camera = await rig.live([yard(changes)]);
  await play(5);
  await rig.registry.close();
  expect([...rig.storage.files.keys()]).toEqual([]);
});

it('a policy that is taken back ends the file, and another key counts from the next file on', async () => {
  camera = await rig.live([yard({ originals: { key, alone: false } })]);
  await play(3);
  const other = { id: 'k2', public_half: makeOriginalsPair().publicHalf };
  const again = (changes: object, revision: number) =>
    rig.registry.apply(desiredState([yard(changes)], { revision }));
  again({ originals: { key: other, alone: false } }, 2);
  await play(6);
  again({}, 3);
  await play(3);
  const count = files().length;
  await play(6);
  expect(files().length).toBe(count);
  const ids: string[] = [];
  for (const name of files()) {
    const look = await lookAtSealed(bytesPort(rig.storage.files.get(`${FOLDER}/${name}`)!.bytes));
    if (look && look !== 'torn') ids.push(look.head.keyId);
  }
  expect(ids[0]).toBe('k1');
  expect(ids.at(-1)).toBe('k2');
});
