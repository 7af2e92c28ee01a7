import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, REPOSITORY } from '../harness/index.ts';
import { readDockerfile } from './dockerfile.ts';
import { type Image, ImageBuilder } from './image-builder.ts';

const run = promisify(execFile);
/** Every step as it stands; the short way takes packages and the built page of this checkout. */
const WHOLE = process.env['NIGHTJAR_SOAK'] === '1';
const LIMIT = WHOLE ? 30 * 60_000 : 180_000;
const TOKEN = 'image-test-token-that-is-long-enough';

let folder: string;
let image: Image;
let product: ChildProcess;
let said = '';
let port: number;

/** The files that git knows, or would take: what `docker build` is sent. */
async function sendContext(to: string): Promise<void> {
  const list = `git ls-files --cached --others --exclude-standard -z | while IFS= read -r -d '' file; do
    [ -e "$file" ] && printf '%s\\0' "$file"; done | tar --null --files-from=- --create | tar --extract --directory="$0"`;
  await run('bash', ['-ec', list, to], { cwd: REPOSITORY });
}

/** Packages and page are there already, for the short way. */
async function instead({ name, text }: { name: string; text: string }, place: string): Promise<boolean> {
  if (WHOLE || name !== 'RUN') return false;
  if (text.startsWith('npm ci')) await symlink(join(REPOSITORY, 'node_modules'), join(place, 'node_modules'));
  else if (text.includes('vite build')) await symlink(join(REPOSITORY, 'web/dist'), join(place, 'web/dist'));
  else return false;
  return true;
}

/** Only what a container would be given. */
const environment = () => ({
  ...image.env,
  NIGHTJAR_ADMIN_TOKEN: TOKEN,
  NIGHTJAR_HTTP_PORT: String(port),
  ...Object.fromEntries(['RTSP', 'RTMP', 'WEBRTC'].map((name) => [`NIGHTJAR_${name}_PORT`, '0'])),
});
/** The image's user, where this suite may become it. */
function identity() {
  const [uid, gid] = image.user.split(':').map(Number);
  return process.getuid?.() === 0 ? { uid: uid!, gid: gid! } : {};
}
const health = () =>
  run(image.health[0]!, image.health.slice(1), {
    cwd: image.workdir,
    env: environment(),
    ...identity(),
  }).then(
    () => true,
    () => false,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-image-'));
  await chmod(folder, 0o755);
  const context = join(folder, 'context');
  await run('mkdir', [context]);
  await sendContext(context);
  image = await new ImageBuilder({ context, folder: join(folder, 'stages'), instead }).build();
  port = 20_000 + Math.floor(process.pid % 10_000);
  const [command, ...args] = [...image.entrypoint, ...image.command];
  product = spawn(command!, args, {
    cwd: image.workdir,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...identity(),
  });
  for (const stream of [product.stdout!, product.stderr!])
    stream.on('data', (bytes) => (said += String(bytes)));
}, LIMIT);
afterAll(async () => {
  if (product && product.exitCode === null) product.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('the image', () => {
  it('copies the manifest of every workspace before it installs, and none of its sources into what runs', async () => {
    const stages = readDockerfile(await readFile(join(REPOSITORY, 'Dockerfile'), 'utf8'));
    const { workspaces } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
      workspaces: string[];
    };
    const copied = stages[0]!.instructions.filter(({ name }) => name === 'COPY').map(({ text }) => text);
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json ${workspace}/`);
    const folders = (await readdir(image.workdir)).filter((name) => name !== 'node_modules');
    const below = folders.map(async (folder) => {
      const inside = await readdir(join(image.workdir, folder), { recursive: true }).catch(() => []);
      return [folder, ...inside.map((name) => join(folder, name))];
    });
    const ours = (await Promise.all(below)).flat();
    expect(ours.filter((name) => /\.tsx?$|\.test\./.test(name))).toEqual([]);
    expect(ours).toEqual(expect.arrayContaining(['engine/dist/main.js', 'server/dist/main.js', 'nightjar']));
  });

  it('starts as nobody who could write to it, becomes healthy, and serves page and API', async () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    await eventually('it is healthy', health, { timeoutMs: 60_000, everyMs: 250 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${said}`);
    });
    const base = `http://127.0.0.1:${port}`;
    const page = await fetch(`${base}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<!doctype html>')]);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'Gate' });
    expect((await fetch(`${base}/api/v1/cameras`, { method: 'POST', headers, body })).status).toBe(201);
    const stats = await fetch(`${base}/api/v1/dashboard/stats`, { headers });
    expect(await stats.json()).toMatchObject({ cameras: { total: 1 } });
  });

  it('writes nothing but to its data', async () => {
    if (process.getuid?.() !== 0) return;
    const { stdout } = await run('find', [
      image.workdir,
      '-newer',
      join(image.workdir, '.made'),
      '-type',
      'f',
    ]);
    expect(stdout).toBe('');
    const { stdout: theirs } = await run('find', [
      image.root,
      '-user',
      image.user.split(':')[0]!,
      '-type',
      'd',
    ]);
    for (const path of theirs.trim().split('\n')) expect(path).toContain(join(image.root, 'data'));
  });

  it('ends in order by its stop signal, well within the time of the compose files', async () => {
    const began = performance.now();
    product.kill(image.stopSignal as NodeJS.Signals);
    const [code] = (await once(product, 'exit')) as [number | null];
    expect([code, said]).toEqual([0, expect.not.stringMatching(/EACCES|EROFS|could not/)]);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await health()).toBe(false);
  });

  it('carries out the launcher’s commands from what was built', async () => {
    const of = (...args: string[]) =>
      run(image.entrypoint[0]!, args, { cwd: image.workdir, env: environment(), ...identity() });
    expect((await of('audit', 'verify')).stdout).toMatch(/\d+ entries/);
    expect(JSON.parse((await of('verify', '--json')).stdout)).toMatchObject({});
  });
});
