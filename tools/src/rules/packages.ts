import { posix } from 'node:path';
import { type LockFile, missingPlatforms } from '../lock-file.ts';
import { type Finding, lineAt, type Rule, type SourceFile } from './rule.ts';

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  dependencies?: Versions;
  devDependencies?: Versions;
  optionalDependencies?: Versions;
}

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

function inexact(file: SourceFile, versions: Versions): Finding[] {
  return Object.entries(versions)
    .filter(([name, version]) => !name.startsWith('@nightjar/') && !EXACT.test(version))
    .map(([name, version]) => ({
      path: file.path,
      line: lineAt(file.text, file.text.indexOf(`"${name}"`)),
      message: `${name} is "${version}": dependencies carry an exact version`,
    }));
}

function incomplete(file: SourceFile): Finding[] {
  return missingPlatforms(JSON.parse(file.text) as LockFile).map((name) => ({
    path: file.path,
    message: `${name} has no entry, so npm ci refuses the file: npm run lock`,
  }));
}

/** Dependencies are exact and locked for every platform; `media` has none, so that it stays a library of bytes and protocols. */
export const packages: Rule = {
  name: 'packages',
  find(repository) {
    const findings: Finding[] = [];
    for (const file of repository.files) {
      if (file.path === 'package-lock.json') findings.push(...incomplete(file));
      if (posix.basename(file.path) !== 'package.json') continue;
      const manifest = JSON.parse(file.text) as Manifest;
      for (const versions of [
        manifest.dependencies,
        manifest.devDependencies,
        manifest.optionalDependencies,
      ]) {
        findings.push(...inexact(file, versions ?? {}));
      }
      if (file.path === 'media/package.json' && Object.keys(manifest.dependencies ?? {}).length > 0) {
        findings.push({ path: file.path, message: 'media depends on nothing' });
      }
    }
    return findings;
  },
};
