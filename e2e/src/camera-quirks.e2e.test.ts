import { join } from 'node:path';
import type { StreamDetail } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Installation, Program, REPOSITORY, runCommand } from './harness/index.ts';

/** What is played at a time: each camera sends pictures and sound as a real one does. */
const TOGETHER = 14;
const CLI = 'media/src/testing/cli.ts';

/** Those that must fail, by name: the fault, and what the message names. */
const FAILS: ReadonlyMap<string, readonly [code: string, says: RegExp]> = new Map([
  ['a password that is not accepted fails and says so', ['auth_failed', /credentials/]],
  [
    'ends the connection with its challenge, and does not accept the password',
    ['auth_failed', /credentials/],
  ],
  ['redirects without end', ['protocol_error', /over 3 redirects/]],
  ['redirects from RTSPS to RTSP', ['protocol_error', /from RTSPS to RTSP/]],
  ['has no room for another session', ['refused', /453/]],
  ['encrypted media only', ['no_playable_track', /SAVP/]],
]);

interface Quirk {
  /** As `--quirk` takes it. */
  readonly id: string;
  readonly name: string;
}

/** All that the synthetic camera speaks. */
async function chosen(): Promise<Quirk[]> {
  const { stdout } = await runCommand(process.execPath, [join(REPOSITORY, CLI), '--quirk', 'list']);
  return [...stdout.toString().matchAll(/^(\d+\.\d+) +(.+)$/gm)].map(([, id = '', name = '']) => ({
    id,
    name,
  }));
}

const transportOf = ({ id, name }: Quirk): string => {
  if (name === 'RTSP inside HTTP') return 'http';
  return /^(29\.\d|30\.1|34\.3|36\.[34])$/.test(id) ? 'udp' : 'auto';
};
const batches = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / TOGETHER) }, (_, at) =>
    list.slice(at * TOGETHER, (at + 1) * TOGETHER),
  );

let installation: Installation;
let quirks: Quirk[];
beforeAll(async () => {
  [installation, quirks] = await Promise.all([Installation.start(), chosen()]);
});
afterAll(() => installation?.[Symbol.asyncDispose]());

/** Adds the cameras of a batch as streams and waits until each is live or has said why not. */
async function played(batch: readonly Quirk[]): Promise<Map<string, StreamDetail>> {
  await using cameras = await Program.start({
    name: 'quirks',
    command: process.execPath,
    args: [CLI, '--port', '0', ...batch.flatMap(({ id }) => ['--quirk', id])],
    cwd: REPOSITORY,
  });
  const found = new Map<string, StreamDetail>();
  for (const quirk of batch) {
    const text = `quirk ${quirk.id.split('.')[0]}: ${quirk.name}`;
    const [, source_url] = await cameras.line(new RegExp(`^(\\S+) {2}\\(${RegExp.escape(text)}\\)$`), 20_000);
    const id = `quirk-${quirk.id.replace('.', '-')}`;
    await installation.api.expect(201, 'POST', '/api/streams', {
      id,
      source_url,
      transport: transportOf(quirk),
    });
  }
  for (const quirk of batch) {
    const id = `quirk-${quirk.id.replace('.', '-')}`;
    const settled = async () => {
      const stream = await installation.api.stream(id);
      return (stream.state === 'live' || (FAILS.has(quirk.name) && stream.errors.length > 0)) && stream;
    };
    found.set(
      quirk.id,
      await eventually(`${quirk.id} ${quirk.name}`, settled, { timeoutMs: 20_000, everyMs: 100 }),
    );
    await installation.api.expect(204, 'DELETE', `/api/streams/${id}`);
  }
  return found;
}

describe('the product takes cameras that do what real ones do', () => {
  it('each number plays, or says why it cannot', async () => {
    expect(quirks.length).toBeGreaterThan(120);
    let live = 0;
    for (const batch of batches(quirks)) {
      const found = await played(batch);
      for (const { id, name } of batch) {
        const stream = found.get(id)!;
        const failure = FAILS.get(name);
        if (!failure) {
          expect(stream.state, `${id} ${name}`).toBe('live');
          live++;
        } else {
          expect(stream.errors[0], `${id} ${name}`).toMatchObject({ code: failure[0] });
          expect(stream.errors[0]!.message).toMatch(failure[1]);
        }
      }
    }
    expect(live).toBe(quirks.length - FAILS.size);
    console.log(`${live} behaviours play, ${FAILS.size} fail by name`);
  });
});
