import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ensurePartner } from './demo-partner.ts';
import { demoStreams, ensureStream } from './demo-streams.ts';

/** `./nightjar demo`: waits for the API, sees to the two streams, and prints the one line of the demo. */
const LIMIT_MS = 20_000;
const POLL_MS = 20;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

async function readPort(file: string): Promise<number | undefined> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { http: number }).http;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function isHealthy(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/health`)).ok;
  } catch (error) {
    // fetch says TypeError for every failure to connect: the server is not listening yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** The address of the API once it answers. */
async function serverAddress(portsFile: string): Promise<string> {
  for (const began = performance.now(); performance.now() - began < LIMIT_MS; await pause(POLL_MS)) {
    const port = await readPort(portsFile);
    if (port === undefined) continue;
    const origin = `http://127.0.0.1:${port}`;
    if (await isHealthy(origin)) return origin;
  }
  throw new Error(`the server did not answer within ${LIMIT_MS / 1000} s`);
}

/** How to come in: as the person where the password is still the demo's, and by the token. */
async function signIn(origin: string, token: string, password: string): Promise<string> {
  const answer = await fetch(`${origin}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  await answer.body?.cancel();
  const byPassword = answer.ok ? `as admin with the password ${password}, or ` : '';
  return `sign in ${byPassword}with the token ${token}`;
}

const token = required('NIGHTJAR_ADMIN_TOKEN');
const cameraPort = Number(required('NIGHTJAR_CAMERA_PORT'));
process.once('SIGTERM', () => process.exit(0));
try {
  const origin = await serverAddress(join(required('NIGHTJAR_DATA_DIR'), 'ports.json'));
  await Promise.all(demoStreams(cameraPort).map((stream) => ensureStream(origin, token, stream)));
  const partner = join(required('NIGHTJAR_DATA_DIR'), 'partner-client.json');
  await ensurePartner(origin, token, partner);
  const comingIn = await signIn(origin, token, required('NIGHTJAR_ADMIN_PASSWORD'));
  console.log(`Nightjar demo: ${origin} — ${comingIn} — a partner's client is in ${partner}`);
} catch (error) {
  console.error(`nightjar: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
