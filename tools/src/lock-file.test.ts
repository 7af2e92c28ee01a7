import { expect, test } from 'vitest';
import { type LockFile, missingPlatforms, withPlatforms } from './lock-file.ts';

const optionalDependencies = {
  '@x/linux-x64-gnu': '1.0.0',
  '@x/linux-arm64-musl': '1.0.0',
  '@x/linux-arm-musleabihf': '1.0.0',
  '@x/darwin-arm64': '1.0.0',
  '@x/win32-ia32-msvc': '1.0.0',
  '@x/binding-wasm32-wasi': '1.0.0',
};
const lock: LockFile = {
  packages: {
    '': {},
    'node_modules/@x/linux-x64-gnu': { version: '1.0.0', optional: true },
    'node_modules/x': { version: '1.0.0', dev: true, optionalDependencies },
  },
};

test('each platform that is left out gets an entry that says where it runs', () => {
  const added = { version: '1.0.0', dev: true, optional: true };
  expect(withPlatforms(lock).packages).toEqual({
    ...lock.packages,
    'node_modules/@x/linux-arm64-musl': { ...added, os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
    'node_modules/@x/linux-arm-musleabihf': { ...added, os: ['linux'], cpu: ['arm'], libc: ['musl'] },
    'node_modules/@x/darwin-arm64': { ...added, os: ['darwin'], cpu: ['arm64'] },
    'node_modules/@x/win32-ia32-msvc': { ...added, os: ['win32'], cpu: ['ia32'] },
    'node_modules/@x/binding-wasm32-wasi': { ...added, cpu: ['wasm32'] },
  });
});

test('what is complete stays as it is', () => {
  expect(missingPlatforms(lock)).toEqual(Object.keys(optionalDependencies).slice(1));
  const complete = withPlatforms(lock);
  expect(missingPlatforms(complete)).toEqual([]);
  expect(withPlatforms(complete)).toEqual(complete);
});

test('a package nested under the one that wants it is there too', () => {
  const nested: LockFile = {
    packages: {
      'node_modules/x': { version: '1.0.0', optionalDependencies: { y: '2.0.0' } },
      'node_modules/x/node_modules/y': { version: '2.0.0', optional: true },
    },
  };
  expect(missingPlatforms(nested)).toEqual([]);
});
