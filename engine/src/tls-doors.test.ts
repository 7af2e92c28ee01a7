import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import {
  engineSocketPath,
  linkKeyPath,
  PUBLISHED,
  publishKeyHash,
  signTicket,
} from '@nightjar/contract/link';
import { SELF_SIGNED, SELF_SIGNED_AGAIN } from '@nightjar/media/testing';
import { expect, test } from 'vitest';
import { sharedKey } from './kernel/index.ts';
import { ServerEnd } from './link/testing/server-end.ts';
import { desiredState, desiredStream, EngineProcess, until } from './testing/index.ts';

const KEY = 'k'.repeat(24);
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25'];

function ffmpeg(...args: string[]) {
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]);
  return { child, ended: ended.then(([[code], said]) => ({ code: code as unknown, said })) };
}

async function fingerprint(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('ffmpeg publishes by RTMPS and plays by RTSPS; a renewed certificate is for who comes next', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'nightjar-tls-doors-'));
  const engine = await new EngineProcess(dataDir).ready();
  const linkKey = await sharedKey(linkKeyPath(dataDir));
  const end = await new ServerEnd(engineSocketPath(dataDir), linkKey).open();
  try {
    const { ports } = await end.heard('hello');
    const source = { url: PUBLISHED, publish_key_hash: publishKeyHash(KEY) };
    const streams = [desiredStream('stage', { source })];
    const desire = (revision: number, tls: typeof SELF_SIGNED): void =>
      end.send({ type: 'desired', desired: desiredState(streams, { revision, tls, base_path: dataDir }) });
    const reached = (state: string): boolean =>
      end.facts.some(({ fact }) => fact.kind === 'stream.state' && fact.state === state);

    desire(1, SELF_SIGNED);
    await until(() => reached('connecting'));
    const publisher = ffmpeg(
      '-re',
      ...PICTURE,
      ...H264,
      '-f',
      'flv',
      `rtmps://127.0.0.1:${ports.rtmp}/live/${KEY}`,
    );
    await until(() => reached('live'), 15_000);
    const ticket = signTicket(linkKey, {
      stream_id: 'stage',
      exp: (Date.now() / 1000 + 60) | 0,
      sub: 'tester',
    });
    const url = `rtsps://127.0.0.1:${ports.rtsp}/stage?ticket=${ticket}`;
    const played = await ffmpeg('-xerror', '-i', url, '-frames:v', '30', '-f', 'null', '-').ended;
    expect(played).toEqual({ code: 0, said: '' });

    const before = await fingerprint(ports.rtsp);
    expect(await fingerprint(ports.rtmp!)).toBe(before);
    desire(2, SELF_SIGNED_AGAIN);
    await expect.poll(() => fingerprint(ports.rtsp), { timeout: 10_000 }).not.toBe(before);
    expect(publisher.child.exitCode).toBeNull();
    publisher.child.kill('SIGINT');
    await publisher.ended;
    expect(JSON.stringify(engine.log)).not.toContain('PRIVATE KEY');
  } finally {
    await end.close();
    await engine.end('SIGTERM');
    await rm(dataDir, { recursive: true });
  }
});
