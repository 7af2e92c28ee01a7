import { posix } from 'node:path';
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

/** Dependencies are exact; `media` has none, so that it stays a library of bytes and protocols. */
export const packages: Rule = {
  name: 'packages',
  find(repository) {
    const findings: Finding[] = [];
    for (const file of repository.files) {
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
