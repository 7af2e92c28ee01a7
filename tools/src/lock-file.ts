/** The part of `package-lock.json` (lockfileVersion 3) that is read and written here. */
interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
  'wasm32',
];

/** What a name such as `@x/binding-linux-x64-musl` says about where it runs, in npm's words. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split('/').at(-1)!.split('-');
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.includes('gnu')
      ? ['glibc']
      : [];
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}

/** `[path in node_modules, name, version, wanted by a development dependency only]` of each one left out. */
function leftOut(lock: LockFile): [path: string, name: string, version: string, dev: boolean][] {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(
        ([name]) =>
          !(`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages),
      )
      .map(([name, version]): [string, string, string, boolean] => [
        `node_modules/${name}`,
        name,
        version,
        entry.dev === true,
      ]),
  );
}

/**
 * Names of the optional packages for other platforms that the lock file leaves out. npm does so when the
 * registry at hand does not offer them, and then `npm ci` refuses the file it has itself written.
 */
export function missingPlatforms(lock: LockFile): string[] {
  return leftOut(lock).map(([, name]) => name);
}

/** The lock file with an entry for each optional package that was left out, in npm's order. */
export function withPlatforms(lock: LockFile): LockFile {
  const packages = { ...lock.packages };
  for (const [path, name, version, dev] of leftOut(lock)) {
    const { os, cpu, libc } = platformOf(name);
    packages[path] = {
      version,
      ...(cpu && { cpu }),
      ...(dev && { dev }),
      ...(libc && { libc }),
      optional: true,
      ...(os && { os }),
    };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}
