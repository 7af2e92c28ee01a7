import { execFile, spawn } from 'node:child_process';
import { createSecretKey, X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../stream/index.ts';
import { fingerprintOf } from '../certificate/index.ts';
import { mallory, ours } from '../testing/dtls-pair.ts';
import { type DtlsKeys, DtlsServer } from './index.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-openssl-'));
  const kinds = { ec: 'ec:prime256v1', p384: 'ec:secp384r1', rsa: 'rsa:2048' };
  for (const [name, kind] of Object.entries(kinds)) {
    const [algorithm, detail] = kind.split(':');
    const key = algorithm === 'ec' ? ['ec', '-pkeyopt', `ec_paramgen_curve:${detail}`] : [kind];
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      ...key,
      '-nodes',
      ...files,
      '-days',
      '2',
      '-subj',
      '/CN=x',
    ]);
  }
});

afterAll(() => rm(folder, { recursive: true }));

const hex = (keys: DtlsKeys): string =>
  Buffer.concat([keys.client.key, keys.server.key, keys.client.salt, keys.server.salt])
    .toString('hex')
    .toUpperCase();

/** Lets `openssl s_client` connect once, and tells what either side says of it. */
async function sClient(certificate: string, options: string[], expected?: string, cookie = false) {
  const der = new X509Certificate(await readFile(join(folder, `${certificate}.pem`))).raw;
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const keys: DtlsKeys[] = [];
  const ends: string[] = [];
  let server: DtlsServer | undefined;
  const client = spawn('openssl', [
    ...['s_client', '-dtls1_2', '-connect', `127.0.0.1:${socket.address().port}`],
    ...['-cert', join(folder, `${certificate}.pem`), '-key', join(folder, `${certificate}.key`)],
    ...['-keymatexport', 'EXTRACTOR-dtls_srtp', ...options],
  ]);
  socket.on('message', (b, { address, port }) => {
    server ??= new DtlsServer({
      identity: ours,
      clock: systemClock,
      fingerprints: [expected ? mallory.fingerprint : fingerprintOf(der, 'sha-384')],
      profiles: ['AEAD_AES_128_GCM', 'AES128_CM_HMAC_SHA1_80'],
      ...(cookie
        ? { cookie: { key: createSecretKey(Buffer.alloc(32, 3)), peer: `${address} ${port}` } }
        : {}),
      events: {
        send: (datagram) => socket.send(datagram, port, address),
        onConnected: (one) => {
          keys.push(one);
          // `Q` ends s_client with a goodbye.
          client.stdin.end('Q\n');
        },
        onEnd: (end, detail) => ends.push(`${end}: ${detail}`),
      },
    });
    server.receive(b);
  });
  let told = '';
  for (const stream of [client.stdout, client.stderr]) {
    stream.on('data', (chunk) => {
      told += chunk;
    });
  }
  await once(client, 'close');
  server?.close();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { keys, ends, told };
}

describe('openssl s_client', () => {
  it.each([
    ['P-256 key, GCM', 'ec', ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-keymatexportlen', '56']],
    ['P-384 key, CM', 'p384', ['-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-keymatexportlen', '60']],
    [
      'RSA key, P-256 exchange',
      'rsa',
      ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-keymatexportlen', '56', '-groups', 'P-256'],
    ],
    [
      'small fragments',
      'rsa',
      ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-keymatexportlen', '56', '-mtu', '256'],
    ],
  ])('connects with %s, exports the same keys and says goodbye', async (_, certificate, options) => {
    const { keys, ends, told } = await sClient(certificate, options);
    expect(keys).toHaveLength(1);
    expect(told).toContain('Cipher is ECDHE-ECDSA-AES128-GCM-SHA256');
    expect(told).toContain(`Keying material: ${hex(keys[0]!)}`);
    expect(told).toContain(`SRTP Extension negotiated, profile=${options[1]}`);
    expect(told).toContain('Extended master secret: yes');
    expect(ends).toEqual(['peer_closed: the client said goodbye']);
  });

  it('shows the cookie that it is asked for', async () => {
    const options = ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-keymatexportlen', '56'];
    const { keys, told } = await sClient('ec', options, undefined, true);
    expect(told).toContain(`Keying material: ${hex(keys[0]!)}`);
  });

  it.each([
    [
      "another's fingerprint was announced",
      ['-use_srtp', 'SRTP_AEAD_AES_128_GCM'],
      'other',
      'fingerprint',
      /alert bad certificate/,
    ],
    ['it knows no SRTP', [], undefined, 'handshake', /alert handshake failure/],
    [
      'it lacks our suite',
      ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'],
      undefined,
      'handshake',
      /alert handshake failure/,
    ],
    [
      'it takes RSA signatures alone',
      ['-use_srtp', 'SRTP_AEAD_AES_128_GCM', '-sigalgs', 'RSA+SHA256'],
      undefined,
      'handshake',
      /alert handshake failure/,
    ],
  ])('is told why it is refused where %s', async (_, options, expected, end, alert) => {
    const { keys, ends, told } = await sClient('ec', options, expected);
    expect(keys).toEqual([]);
    expect(ends).toEqual([expect.stringMatching(new RegExp(`^${end}: `))]);
    expect(told).toMatch(alert);
  });
});
