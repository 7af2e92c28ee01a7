import { describe, expect, test } from 'vitest';
import { isBcrypt } from './bcrypt.ts';
import { hashPassword, isOutdated, verifyPassword, weakPassword } from './password.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

describe('passwords', () => {
  test('are hashed with argon2id, each time otherwise', async () => {
    const [one, two] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, PASSWORD)).toBe(true);
    expect(await verifyPassword(one, `${PASSWORD} `)).toBe(false);
    expect(await verifyPassword('$2b$10$nonsense', PASSWORD)).toBe(false);
  });

  test('made by the reference implementation are understood', async () => {
    // phc-winner-argon2 src/test.c: argon2id, version 0x13, t=2, m=2^16, p=1
    const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(hash, 'password')).toBe(true);
    expect(await verifyPassword(hash, 'Password')).toBe(false);
  });

  test('of other systems are understood as bcrypt, and made anew', async () => {
    // Of the bcrypt test vectors in OpenBSD's and John the Ripper's suites.
    const vectors = [
      ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
      ['$2b$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkY8jIucDrjc8deX1s.', ''],
      ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
    ] as const;
    for (const [hash, password] of vectors) {
      expect(isOutdated(hash)).toBe(true);
      expect(await verifyPassword(hash, `${password}x`)).toBe(false);
    }
    expect(await verifyPassword(vectors[0][0], vectors[0][1])).toBe(true);
    expect(await verifyPassword(vectors[2][0], vectors[2][1])).toBe(true);
    expect(isOutdated(await hashPassword(PASSWORD))).toBe(false);
  });

  test.each(['$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$2b$05$short', '$2x$05$', ''])(
    'bcrypt %j is not worked out',
    async (hash) => {
      expect(isBcrypt(hash)).toBe(false);
      expect(await verifyPassword(hash, 'U*U')).toBe(false);
    },
  );

  test.each([
    ['short', 'must have at least 12 characters'],
    ['aaaaaaaaaaaaaaaa', 'repeats too few characters'],
    ['abababababababab', 'repeats too few characters'],
    ['hello-Jane-2024!', 'must not contain the user name'],
    ['correct horse battery', undefined],
    ['비밀번호는열두글자이상이다', undefined],
  ])('%j as a password: %s', (password, fault) => expect(weakPassword(password, 'jane')).toBe(fault));
});
