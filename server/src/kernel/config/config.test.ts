import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CONFIG_EXAMPLE } from '@nightjar/contract/manager';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import { parseEnvironment } from './environment.ts';
import { guessable } from './guessable.ts';

const reference = await readFile(new URL('../../../nightjar.default.yaml', import.meta.url), 'utf8');
const parse = (own?: string) => parseConfig({ reference, own }, '/data');

function linesOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.lines;
    throw error;
  }
  return [];
}

describe('the configuration file', () => {
  test('alone is the reference', () => {
    expect(parse()).toEqual({
      ...CONFIG_EXAMPLE,
      recording: { ...CONFIG_EXAMPLE.recording, base_path: '/data/recordings' },
      inference: { ...CONFIG_EXAMPLE.inference, models_path: '/data/models' },
      network: { ...CONFIG_EXAMPLE.network, allow: [] },
      backup: { path: '/data/backups' },
    });
  });

  test('changes what it names and leaves the rest', () => {
    const config = parse(
      'recording: {retention_days: 14, base_path: footage}\nnetwork: {allow: [127.0.0.1/32]}',
    );
    expect(config.recording).toEqual({
      base_path: '/data/footage',
      max_bytes: null,
      min_free_bytes: 1_000_000_000,
      segment_duration: 600,
      retention_days: 14,
    });
    expect(config.network.allow).toEqual(['127.0.0.1/32']);
    expect(parse('recording: {base_path: /mnt/footage}').recording.base_path).toBe('/mnt/footage');
    expect(parse('# nothing\n').server.port).toBe(3000);
  });

  test.each([
    ['recording: {retention_dayz: 1}', 'recording.retention_dayz: unknown key'],
    ['colour: red', 'colour: unknown key'],
    ['server: {port: 70000}', 'server.port'],
    ['server: {port: "3000"}', 'server.port'],
    ['server: 3000', 'server'],
    ['recording: {segment_duration: 0}', 'recording.segment_duration'],
    ['network: {allow: [10/8]}', 'network.allow.0: not an address or CIDR block'],
    ['network: {ports: [0]}', 'network.ports.0'],
    ['limits: {reads_per_minute: 0}', 'limits.reads_per_minute'],
    ['- a list', 'must be a map'],
    ['server: {port: 1', 'configuration file'],
    ['server: {port: 1}\nserver: {port: 2}', 'configuration file'],
  ])('%j is refused with its path', (own, line) => {
    expect(linesOf(() => parse(own)).join('\n')).toContain(line);
  });

  test('every mistake is told', () => {
    expect(linesOf(() => parse('server: {port: -1}\nrecording: {retention_days: 0}'))).toHaveLength(2);
  });
});

describe('the environment', () => {
  const token = () => randomBytes(24).toString('base64url');

  test('empty leaves everything to the configuration', () => {
    expect(parseEnvironment([], {})).toMatchObject({ ports: {}, adminToken: undefined, printSignIn: false });
  });

  test('names ICE servers in the shape of WebRTC', () => {
    const servers = [
      { urls: 'stun:stun.example.org:3478' },
      {
        urls: ['turn:turn.example.org?transport=udp', 'turns:[fd00::1]:443'],
        username: 'u',
        credential: 'c',
      },
    ];
    const { iceServers } = parseEnvironment([], { NIGHTJAR_ICE_SERVERS: JSON.stringify(servers) });
    expect(iceServers).toEqual([{ urls: ['stun:stun.example.org:3478'] }, servers[1]]);
    expect(parseEnvironment([], {}).iceServers).toEqual([]);
  });

  test.each([
    'turn:turn.example.org',
    '{}',
    '[{"urls":"http://x"}]',
    '[{"urls":"stun:x>; rel=y"}]',
    '[{"urls":"stun:x","username":"a\\"b"}]',
    '[{"urls":"stun:x","extra":1}]',
  ])('refuses %s for ICE servers', (text) => {
    const lines = linesOf(() => parseEnvironment([], { NIGHTJAR_ICE_SERVERS: text }));
    expect(lines).toEqual([expect.stringMatching(/^NIGHTJAR_ICE_SERVERS: must be a JSON list/)]);
  });

  test('flags win', () => {
    const env = { NIGHTJAR_DATA_DIR: '/a', NIGHTJAR_HTTP_PORT: '0', NIGHTJAR_RTSP_PORT: '8554' };
    const parsed = parseEnvironment(['--data', '/b', '--config', 'c.yaml'], env);
    expect(parsed).toMatchObject({ dataDir: '/b', configFile: 'c.yaml', ports: { http: 0, rtsp: 8554 } });
    expect(parseEnvironment([], env).dataDir).toBe('/a');
  });

  test.each([
    [{ NIGHTJAR_HTTP_PORT: '65536' }, 'NIGHTJAR_HTTP_PORT'],
    [{ NIGHTJAR_RTSP_PORT: '-1' }, 'NIGHTJAR_RTSP_PORT'],
    [{ NIGHTJAR_RTMP_PORT: '0x10' }, 'NIGHTJAR_RTMP_PORT'],
    [{ NIGHTJAR_WEBRTC_PORT: '80 ' }, 'NIGHTJAR_WEBRTC_PORT'],
    [{ NIGHTJAR_LOG_LEVEL: 'loud' }, 'NIGHTJAR_LOG_LEVEL'],
    [{ NIGHTJAR_ADMIN_TOKEN: 'short' }, 'NIGHTJAR_ADMIN_TOKEN'],
    [{ NIGHTJAR_ADMIN_PASSWORD: 'short' }, 'NIGHTJAR_ADMIN_PASSWORD'],
  ])('%j is refused by name', (env, name) => {
    expect(linesOf(() => parseEnvironment([], env)).join()).toContain(name);
  });

  test('an unknown flag is refused, a refused secret not repeated', () => {
    expect(linesOf(() => parseEnvironment(['--port', '1'], {}))).toHaveLength(1);
    const secret = 'changeme-changeme-changeme-changeme';
    expect(linesOf(() => parseEnvironment([], { NIGHTJAR_ADMIN_TOKEN: secret })).join()).not.toContain(
      secret,
    );
  });

  test('random tokens of any usual form are taken', () => {
    for (let n = 0; n < 200; n++) {
      for (const text of [token(), randomBytes(24).toString('hex'), randomBytes(32).toString('base64')]) {
        expect([text, guessable(text, 32)]).toEqual([text, undefined]);
      }
    }
  });

  test.each([
    'changeme'.repeat(4),
    'CHANGEME-please-this-is-a-sample-token',
    'your-auth-token-your-auth-token-1234',
    'a'.repeat(64),
    'ab'.repeat(32),
    'abcdefghijklmnopqrstuvwxyz0123456789',
    '0123456789abcdef0123456789abcdef',
    '12345678901234567890123456789012',
    'example-token-8f3k2l5j7h9d1s4a6g0z',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
    'Zq8 v'.repeat(8),
    'k3J9x',
  ])('%j is refused', (text) => expect(guessable(text, 32)).toBeDefined());

  test('no text that repeats itself passes', () => {
    const unit = fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(
        unit,
        fc.integer({ min: 2, max: 5 }),
        (text, times) => guessable(text.repeat(times), 4) !== undefined || text.length * times < 4,
      ),
    );
  });
});
