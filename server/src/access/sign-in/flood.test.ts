import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
/** 10,000 a minute. */
const PER_SECOND = 167;
const SECONDS = process.env['NIGHTJAR_SOAK'] === '1' ? 60 : 5;

let server: TestServer;
let engine: FakeEngine;
let port: number;
beforeAll(async () => {
  const dataDir = await newDataDir();
  server = await TestServer.start({ dataDir, adminPassword: PASSWORD });
  engine = await FakeEngine.start(dataDir);
  port = Number(new URL(await server.listen()).port);
  await server.settled();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const agents = new Map<string, Agent>();

/** A sign-in from an address of this machine's loopback network. */
function signIn(localAddress: string, password: string): Promise<number> {
  const agent = agents.get(localAddress) ?? new Agent({ keepAlive: true, maxSockets: 4 });
  agents.set(localAddress, agent);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { 'content-type': 'application/json' };
  const options = { host: '127.0.0.1', port, localAddress, agent, method: 'POST', headers };
  const request = httpRequest({ ...options, path: '/api/v1/auth/login' }, (response) => {
    response.resume();
    response.once('end', () => resolve(response.statusCode ?? 0));
  });
  request.once('error', reject);
  request.end(JSON.stringify({ username: 'admin', password }));
  return promise;
}

test('10,000 guesses a minute from 200 addresses: the owner signs in all the while', async () => {
  const OWNER = '127.0.9.9';
  expect(await signIn(OWNER, PASSWORD)).toBe(200);
  const guesses: Promise<number>[] = [];
  const waits: number[] = [];
  const owner: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    const end = performance.now() + 1_000;
    for (let n = 0; n < PER_SECOND; n++) {
      const address = `127.0.8.${(guesses.length % 200) + 1}`;
      guesses.push(signIn(address, `guess-${guesses.length}`));
    }
    const began = performance.now();
    owner.push(await signIn(OWNER, PASSWORD));
    waits.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, end - performance.now())));
  }
  const answers = await Promise.all(guesses);
  for (const agent of agents.values()) agent.destroy();
  const slowest = Math.round(Math.max(...waits));
  const refused = answers.filter((status) => status === 429).length;
  console.info(`flood: ${answers.length} guesses, ${refused} not even tried, owner at most ${slowest} ms`);
  expect(new Set(answers)).toEqual(new Set([401, 429]));
  expect(owner).toEqual(owner.map(() => 200));
  expect(slowest).toBeLessThan(2_000);
}, 90_000);
