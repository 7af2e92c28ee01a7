import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { FakeClock, FakeEngine, newDataDir, TestServer } from '../../testing/index.ts';
import { selfSigned } from './self-signed.ts';

const NOW = Date.parse('2024-01-15T10:00:00.000Z');
const NAMES = ['localhost', 'nvr.lan', '127.0.0.1', '::1', 'fd12:3456::a:1'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-tls-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a certificate that vouches for itself', () => {
  test('names all it is for, and is what OpenSSL understands', async () => {
    const { cert, key } = selfSigned(NAMES, NOW);
    const parsed = new X509Certificate(cert);
    expect([parsed.issuer, parsed.verify(parsed.publicKey)]).toEqual([parsed.subject, true]);
    for (const name of ['localhost', 'nvr.lan']) expect(parsed.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', 'fd12:3456::a:1'])
      expect(parsed.checkIP(address)).toBe(address);
    expect([parsed.checkHost('other.lan'), parsed.checkIP('10.0.0.1')]).toEqual([undefined, undefined]);
    expect(parsed.validFromDate.toISOString()).toBe('2024-01-14T10:00:00.000Z');
    expect(parsed.validToDate.getUTCFullYear()).toBe(2034);
    const path = join(folder, 'own.crt');
    await writeFile(path, `${cert}${key}`);
    const run = promisify(execFile);
    const options = ['-attime', String(NOW / 1000), '-CAfile', path, '-purpose', 'sslserver', path];
    expect((await run('openssl', ['verify', ...options])).stdout).toContain('OK');
  });

  test('is another each time, with a serial number that is positive', () => {
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(selfSigned(NAMES, NOW).cert).serialNumber,
    );
    expect(new Set(serials).size).toBe(20);
    expect(serials.every((serial) => /^[4-7]/.test(serial))).toBe(true);
  });
});

interface Seen {
  status: number;
  headers: Record<string, unknown>;
  fingerprint: string;
}

/** Asks over TLS, whoever vouches for the certificate. */
function ask(port: number): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const options = {
    host: '127.0.0.1',
    port,
    path: '/health',
    rejectUnauthorized: false,
    agent: false as const,
  };
  const asked = request(options, (response) => {
    const { fingerprint256 } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
    response.resume();
    response.once('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, fingerprint: fingerprint256 }),
    );
  });
  asked.once('error', reject);
  asked.end();
  return promise;
}

/** The certificates that the engine was told to show, each once. */
const shownBy = (engine: FakeEngine): string[] => [
  ...new Set(
    engine.received.flatMap((message) =>
      message.type === 'desired' && message.desired.tls
        ? [new X509Certificate(message.desired.tls.cert).fingerprint256]
        : [],
    ),
  ),
];

const portOf = (address: string): number => Number(new URL(address).port);

describe('the listener', () => {
  test('shows the fingerprint of the certificate it made, and keeps it', async () => {
    const dataDir = await newDataDir();
    const config = 'server: {tls: {enabled: true}}\n';
    let fingerprint = '';
    for (const start of ['first', 'second']) {
      await using server = await TestServer.start({ dataDir, config });
      await using _engine = await FakeEngine.start(dataDir);
      const port = portOf(await server.listen());
      await server.settled();
      const seen = await ask(port);
      expect([start, seen.status, seen.headers['strict-transport-security']]).toEqual([
        start,
        200,
        undefined,
      ]);
      expect(server.printed[0]).toMatch(/^Nightjar is ready at https:/);
      expect(server.printed[0]).toContain(`certificate SHA-256 ${seen.fingerprint}`);
      if (fingerprint !== '') expect(seen.fingerprint).toBe(fingerprint);
      fingerprint = seen.fingerprint;
      const socket = new WebSocket(`wss://127.0.0.1:${port}/api/events`, {
        rejectUnauthorized: false,
        headers: { authorization: `Bearer ${server.token}` },
      });
      await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
      socket.terminate();
    }
    await rm(dataDir, { recursive: true });
  });

  /** A certificate that another one vouches for. */
  async function issued(name: string): Promise<void> {
    const run = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    await run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA');
    await run('req', ...key, '-keyout', 'site.key', '-out', 'site.csr', '-subj', `/CN=${name}`);
    await run('x509', '-req', '-in', 'site.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-out', 'site.crt');
  }

  test('insists on TLS with a real certificate, and takes its renewal without a restart', async () => {
    await issued('one');
    const [cert, key] = [join(folder, 'site.crt'), join(folder, 'site.key')];
    const config = `server: {tls: {enabled: true, cert_file: ${cert}, key_file: ${key}}}\n`;
    const clock = new FakeClock(new Date().toISOString());
    const dataDir = await newDataDir();
    await using server = await TestServer.start({ dataDir, config, clock });
    await using engine = await FakeEngine.start(dataDir);
    const port = portOf(await server.listen());
    await server.settled();
    const first = await ask(port);
    expect(first.headers['strict-transport-security']).toBe('max-age=31536000');
    await writeFile(key, 'broken');
    clock.advance(60_000);
    await server.log((line) => line.includes('the old one stays'));
    expect((await ask(port)).fingerprint).toBe(first.fingerprint);
    await issued('two');
    await utimes(cert, 1, 1);
    clock.advance(60_000);
    await server.log((line) => line.includes('was renewed'));
    const second = await ask(port);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    // What the engine shows at its own listeners is the same.
    await expect.poll(() => shownBy(engine)).toEqual([first.fingerprint, second.fingerprint]);
    await rm(dataDir, { recursive: true });
  });

  test.each([
    ['one of the files', 'cert_file: /nowhere/x.crt'],
    ['files that are not there', 'cert_file: /nowhere/x.crt, key_file: /nowhere/x.key'],
  ])('does not start with %s', async (_what, files) => {
    const dataDir = await newDataDir();
    const config = `server: {tls: {enabled: true, ${files}}}\n`;
    await expect(TestServer.start({ dataDir, config })).rejects.toThrow('server.tls');
    await rm(dataDir, { recursive: true, force: true });
  });
});
