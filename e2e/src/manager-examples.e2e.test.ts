import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation, Program, runCommand } from './harness/index.ts';
import { REPOSITORY } from './harness/repository.ts';

const require = createRequire(import.meta.url);

/** Cameras of the examples are nowhere: what counts is that every line of them works. */
const CONFIG = `limits:
  reads_per_minute: 1000000
  writes_per_minute: 1000000
metrics:
  open_to_loopback: true
`;

/** Where the examples find what they require. */
const PACKAGES = dirname(dirname(require.resolve('axios/package.json')));

let installation: Installation;
let folder: string;
let document: string;

beforeAll(async () => {
  installation = await Installation.start({ config: CONFIG });
  folder = await mkdtemp(join(tmpdir(), 'nightjar-examples-'));
  document = await readFile(join(REPOSITORY, 'e2e/testdata/manager-examples.md'), 'utf8');
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The example under a heading, word by word but for the address and the given places of a token. */
function example(heading: string, tokens: readonly (readonly [from: string, to: string])[]): string {
  const [, text] = new RegExp(`^## ${heading}\\n\\n\`\`\`\\w+\\n([^]*?)^\`\`\``, 'm').exec(document) ?? [];
  if (text === undefined) throw new Error(`no example under ${heading}`);
  let put = text.replaceAll('localhost:3000', `127.0.0.1:${installation.ports.http}`);
  for (const [from, to] of tokens) {
    if (!put.includes(from)) throw new Error(`${from} is not in the example under ${heading}`);
    put = put.replaceAll(from, to);
  }
  return put;
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** An example that runs until it is ended, with the packages of this repository. */
const node = async (name: string, text: string): Promise<Program> =>
  Program.start({
    name,
    command: process.execPath,
    args: [await fileOf(name, text)],
    env: { NODE_PATH: PACKAGES },
  });

const inAddress = (): readonly [string, string] => ['/api/events', `/api/events?token=${installation.token}`];

describe('the examples of the documentation', () => {
  it('Python', async () => {
    const script = example('Python Client', [['your-auth-token', installation.token]]);
    const { code, stdout, stderr } = await runCommand('python3', [await fileOf('example.py', script)]);
    expect([code, stderr, stdout.toString()]).toEqual([0, '', 'Current bitrate: None\n']);
    expect(await installation.api.stream('front-door')).toMatchObject({
      source_url: 'rtsp://192.168.1.100:554/stream',
      recording: { enabled: true, status: 'waiting' },
    });
  });

  it('curl', async () => {
    const script = `set -e\nTOKEN=${installation.token}\n${example('cURL Examples', [])}`;
    const { code, stdout } = await runCommand('bash', [await fileOf('example.sh', script)]);
    const answers = stdout.toString();
    expect(code).toBe(0);
    expect(answers).not.toContain('"error"');
    expect(answers).toMatch(
      /^\{"streams":\[.*\],"total":\d+,.*\}\{"id":"camera-3","status":"initializing"\}\{"status":"waiting","filename":null\}# HELP /,
    );
    expect(answers).toContain(
      '\n# TYPE stream_manager_active_streams gauge\nstream_manager_active_streams 0\n',
    );
    expect(await installation.api.stream('camera-3')).toMatchObject({
      recording: { enabled: true, segment_duration: 300 },
    });
  });

  it('JavaScript', async () => {
    const script = example('JavaScript/Node.js', [['your-token', installation.token], inAddress()]);
    // The example defines its function and leaves the call to the reader.
    await using program = await node('example.cjs', `${script}\nmanageStream();\n`);
    await program.line(/^Stream created: \{ id: 'office-cam', status: 'initializing' \}$/, 20_000);
    await program.line(/^Stream status: initializing$/, 20_000);
    await program.line(/^Recording started$/, 20_000);
    await program.line(/^Event received: \{/, 20_000);
    await installation.api.expect(204, 'DELETE', '/api/streams/office-cam');
    await program.line(/type: 'stream\.removed'/, 20_000);
    expect(program.output).not.toContain('Error:');
  });

  it('in the browser', async () => {
    await using program = await node('browser.mjs', example('Browser', [inAddress()]));
    await program.line(/^Event: \{ type: 'events\.ready'/, 20_000);
    await installation.api.addStream({ id: 'seen', source_url: 'rtsp://192.168.1.101/stream' });
    await program.line(/type: 'stream\.created'/, 20_000);
    await program.line(/stream_id: 'seen'/, 20_000);
  });

  it('and their token stands in no line of the log', () => {
    expect(installation.logs()).toContain('server');
    expect(installation.logs()).not.toContain(installation.token);
  });
});
