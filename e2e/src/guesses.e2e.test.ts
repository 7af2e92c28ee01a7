import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually, Installation, recordsAgain, SyntheticCameras, TEST_CONFIG } from './harness/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
/** 10,000 a minute. */
const PER_SECOND = 167;
const LONG = process.env['NIGHTJAR_SOAK'] === '1';
const SECONDS = LONG ? 60 : 8;
/** For the owner; beside other tests a machine is busy with these. */
const LIMIT_MS = LONG ? 2_000 : 30_000;
const CAMERAS = ['yard', 'door'];
const OWNER = '127.0.9.9';

const agents = new Map<string, Agent>();

/** A sign-in from an address of this machine's loopback network. */
function signIn(port: number, localAddress: string, password: string): Promise<number> {
  const agent = agents.get(localAddress) ?? new Agent({ keepAlive: true, maxSockets: 4 });
  agents.set(localAddress, agent);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const to = { host: '127.0.0.1', port, localAddress, agent, method: 'POST', path: '/api/v1/auth/login' };
  const headers = { 'content-type': 'application/json' };
  const request = httpRequest({ ...to, headers }, (response) => {
    response.resume();
    response.once('end', () => resolve(response.statusCode ?? 0));
  });
  request.once('error', reject);
  request.end(JSON.stringify({ username: 'admin', password }));
  return promise;
}

interface Coverage {
  recorded: number;
  gaps: { seconds: number }[];
}

/** Of each camera, from one time to another or now. */
const coverage = ({ api }: Installation, from: Date, to?: Date): Promise<Coverage[]> =>
  Promise.all(
    CAMERAS.map(async (id) => {
      const end = to === undefined ? '' : `&to=${to.toISOString()}`;
      const path = `/api/streams/${id}/coverage?from=${from.toISOString()}${end}`;
      return (await api.expect(200, 'GET', path)) as Coverage;
    }),
  );

/** What it comes to, with its milliseconds put beside those of others. */
async function timed<T>(answer: Promise<T>, waits: number[]): Promise<T> {
  const began = performance.now();
  const value = await answer;
  waits.push(performance.now() - began);
  return value;
}

it('10,000 guesses a minute: the owner signs in all the while, and recording loses nothing', async () => {
  await using cameras = await SyntheticCameras.start({ count: CAMERAS.length });
  const env = { NIGHTJAR_ADMIN_PASSWORD: PASSWORD };
  await using installation = await Installation.start({ config: TEST_CONFIG, env });
  const { http } = installation.ports;
  for (const [n, id] of CAMERAS.entries()) {
    await installation.api.addStream({ id, source_url: cameras.urls[n]!, recording: { enabled: true } });
  }
  await recordsAgain(installation, CAMERAS, new Set(), 15_000);
  expect(await signIn(http, OWNER, PASSWORD)).toBe(200);
  const from = new Date();
  const guesses: Promise<number>[] = [];
  const owner: Promise<number>[] = [];
  const waits: number[] = [];
  const began = performance.now();
  for (let n = 0; n < PER_SECOND * SECONDS; n++) {
    guesses.push(signIn(http, `127.0.8.${(n % 200) + 1}`, `guess-${n}`));
    if (n % PER_SECOND === 0) owner.push(timed(signIn(http, OWNER, PASSWORD), waits));
    const wait = began + ((n + 1) * 1_000) / PER_SECOND - performance.now();
    if (wait > 1) await pause(wait);
  }
  const answers = await Promise.all(guesses);
  const letIn = await Promise.all(owner);
  for (const agent of agents.values()) agent.destroy();
  const to = new Date();
  const indexed = async () => (await coverage(installation, to)).every(({ recorded }) => recorded > 1);
  await eventually('what was recorded after it is in the index', indexed, { timeoutMs: 20_000 });
  const gone = (await coverage(installation, from, to)).map(({ gaps }) =>
    gaps.reduce((sum, { seconds }) => sum + seconds, 0),
  );
  const slowest = Math.max(...waits);
  console.info(
    `guesses: ${answers.length} in ${SECONDS} s, ${answers.filter((status) => status === 401).length} tried, ` +
      `owner at most ${slowest.toFixed(0)} ms; ${Math.max(...gone).toFixed(1)} s of ${CAMERAS.length} recordings missing`,
  );
  expect(new Set(answers)).toEqual(new Set([401, 429]));
  expect(letIn).toEqual(letIn.map(() => 200));
  expect(slowest).toBeLessThan(LIMIT_MS);
  expect(gone).toEqual(CAMERAS.map(() => 0));
}, 180_000);
