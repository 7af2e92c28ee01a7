import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuth, strongestChallenge } from './challenge.ts';
import { ClientAuth } from './client-auth.ts';
import { digestSecret } from './digest.ts';
import { type RtspAuth, ServerAuth } from './server-auth.ts';

const BASIC = 'Basic realm="cam"';
const MD5 = 'Digest realm="cam", nonce="n1"';
const SHA256 = 'Digest realm="cam", nonce="n2", algorithm=SHA-256, qop="auth"';
const SHA512 = 'Digest realm="cam", nonce="n3", algorithm=SHA-512-256';
const FUTURE = 'Digest realm="cam", nonce="n4", algorithm=SHA3-256';

describe('strongestChallenge', () => {
  it.each<[string, string[], string | undefined]>([
    ['quirk 1: Basic before Digest', [BASIC, MD5], 'MD5'],
    ['quirk 1: Digest before Basic', [MD5, BASIC], 'MD5'],
    ['quirk 1: two in one field', [`${BASIC}, ${SHA256}`], 'SHA-256'],
    ['quirk 1: two in one field, the other way round', [`${SHA256}, ${BASIC}`], 'SHA-256'],
    ['quirk 2: SHA-256 only', [SHA256], 'SHA-256'],
    ['quirk 2: SHA-512-256 only', [SHA512], 'SHA-512-256'],
    ['quirk 2: the strongest of all', [MD5, SHA512, SHA256, BASIC], 'SHA-512-256'],
    ['quirk 3: algorithm missing', [MD5], 'MD5'],
    ['quirk 3: algorithm empty', ['Digest realm="cam", nonce="n", algorithm='], 'MD5'],
    ['quirk 3: unsupported next to supported', [FUTURE, MD5], 'MD5'],
    ['quirk 3: lower case and quoted', ['digest realm="cam",nonce="n",algorithm="sha-256"'], 'SHA-256'],
    ['unsupported next to Basic', [FUTURE, BASIC], 'basic'],
    ['unsupported alone', [FUTURE], undefined],
    ['only auth-int', ['Digest realm="cam", nonce="n", qop="auth-int"'], undefined],
    ['unknown schemes', ['Negotiate', 'NTLM', 'Bearer realm="cam"'], undefined],
    ['nothing', [], undefined],
  ])('%s', (_name, values, expected) => {
    const challenge = strongestChallenge(values);
    expect(challenge?.scheme === 'digest' ? challenge.algorithm : challenge?.scheme).toBe(expected);
  });

  it('reads commas and escapes inside quotes', () => {
    const [one] = parseAuth(['Digest realm="a, \\"b\\" c", nonce = "x" , stale=TRUE, qop="auth,auth-int"']);
    expect([...one!.fields]).toEqual([
      ['realm', 'a, "b" c'],
      ['nonce', 'x'],
      ['stale', 'TRUE'],
      ['qop', 'auth,auth-int'],
    ]);
  });

  it('reads Basic credentials', () => {
    expect(parseAuth(['Basic Ym9iOng='])[0]).toMatchObject({ scheme: 'basic', token: 'Ym9iOng=' });
  });
});

describe('ClientAuth against ServerAuth', () => {
  const bob = { username: 'bob', password: 'pä ss:"w\\ord' };
  const stored: RtspAuth = {
    secret: async (username) => (username === 'bob' ? { password: bob.password } : undefined),
  };
  const hashed: RtspAuth = {
    secret: async () => ({
      ha1: {
        MD5: digestSecret('MD5', 'bob', 'Nightjar', bob.password),
        'SHA-256': digestSecret('SHA-256', 'bob', 'Nightjar', bob.password),
      },
    }),
  };
  const basic: RtspAuth = { verify: async (name, pass) => name === 'bob' && pass === bob.password };

  it.each<[string, RtspAuth, (all: readonly string[]) => readonly string[], string]>([
    ['SHA-256 by password', stored, (all) => all, 'SHA-256'],
    ['SHA-256 by HA1', hashed, (all) => all, 'SHA-256'],
    ['MD5 by password', stored, (all) => all.slice(-1), 'Digest'],
    ['MD5 by HA1', hashed, (all) => all.slice(-1), 'Digest'],
    ['Basic', basic, (all) => all, 'Basic'],
  ])('%s: right and wrong password', async (_name, auth, pick, shown) => {
    const server = new ServerAuth(auth, 'Nightjar', 'abc');
    for (const [password, verdict] of [
      [bob.password, { identity: 'bob' }],
      ['guess', { refused: 'wrong' }],
    ] as const) {
      const client = new ClientAuth({ username: 'bob', password }, randomBytes);
      expect(client.header('PLAY', 'rtsp://h/a')).toBeUndefined();
      expect(client.accept(pick(server.challenges(false, '')), 0)).toBe(true);
      const value = client.header('PLAY', 'rtsp://h/a')!;
      expect(value).toContain(shown);
      expect(value).not.toContain(password);
      expect(await server.check('PLAY', value, 'door')).toEqual(verdict);
    }
  });

  it('refuses an unknown user, another method, a foreign realm and what it does not offer', async () => {
    const server = new ServerAuth(stored, 'Nightjar', 'abc');
    const client = new ClientAuth(bob, randomBytes);
    client.accept(server.challenges(false, ''), 0);
    expect(await server.check('TEARDOWN', client.header('PLAY', '/a'), 'door')).toEqual({ refused: 'wrong' });
    const other = new ClientAuth({ ...bob, username: 'eve' }, randomBytes);
    other.accept(server.challenges(false, ''), 0);
    expect(await server.check('PLAY', other.header('PLAY', '/a'), 'door')).toEqual({ refused: 'wrong' });
    const foreign = new ClientAuth(bob, randomBytes);
    foreign.accept(['Digest realm="other", nonce="abc"'], 0);
    expect(await server.check('PLAY', foreign.header('PLAY', '/a'), 'door')).toEqual({ refused: 'wrong' });
    const plain = new ClientAuth(bob, randomBytes);
    plain.accept([BASIC], 0);
    expect(await server.check('PLAY', plain.header('PLAY', '/a'), 'door')).toEqual({ refused: 'wrong' });
    expect(await server.check('PLAY', undefined, 'door')).toEqual({ refused: 'absent' });
    expect(await server.check('PLAY', '', 'door')).toEqual({ refused: 'absent' });
  });

  it('tells a right answer to an old nonce from a wrong one', async () => {
    const old = new ServerAuth(stored, 'Nightjar', 'old');
    const server = new ServerAuth(stored, 'Nightjar', 'new');
    const client = new ClientAuth(bob, randomBytes);
    client.accept(old.challenges(false, ''), 0);
    expect(await server.check('PLAY', client.header('PLAY', '/a'), 'door')).toEqual({ refused: 'stale' });
    expect(client.accept(server.challenges(true, ''), 1)).toBe(true);
    expect(await server.check('PLAY', client.header('PLAY', '/a'), 'door')).toEqual({ identity: 'bob' });
  });

  it('answers a challenge once, a stale one once more', () => {
    const client = new ClientAuth(bob, randomBytes);
    expect(client.accept([MD5], 0)).toBe(true);
    expect(client.accept([MD5], 1)).toBe(false);
    expect(client.accept([`${MD5}, stale=true`], 1)).toBe(true);
    expect(client.accept([`${MD5}, stale=true`], 2)).toBe(false);
    expect(new ClientAuth(undefined, randomBytes).accept([MD5], 0)).toBe(false);
  });

  it('counts nc up and supports -sess', async () => {
    const client = new ClientAuth(bob, randomBytes);
    client.accept([SHA256], 0);
    expect(client.header('PLAY', '/')).toContain('nc=00000001');
    expect(client.header('PLAY', '/')).toContain('nc=00000002');
    const server = new ServerAuth(stored, 'Nightjar', 'abc');
    for (const qop of ['', ', qop="auth"']) {
      client.accept([`Digest realm="Nightjar", nonce="abc", algorithm=MD5-sess${qop}`], 0);
      expect(await server.check('PLAY', client.header('PLAY', '/'), 'door')).toEqual({ identity: 'bob' });
    }
  });

  it('survives any header text', async () => {
    const server = new ServerAuth({ ...stored, ...basic }, 'Nightjar', 'abc');
    const piece = fc.constantFrom(
      'Digest',
      'Basic',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'realm',
      'nonce=',
      'qop=auth',
      'username="bob"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        strongestChallenge([value]);
        expect('identity' in (await server.check('PLAY', value, 'door'))).toBe(false);
      }),
      { seed: 7616, numRuns: 5000 },
    );
  });
});
