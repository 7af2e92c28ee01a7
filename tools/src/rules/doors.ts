import { allImports, type Import, roomOf, workspaceOf } from './imports.ts';
import { type Finding, isTest, type Rule } from './rule.ts';

/** Workspaces whose folders under `src` are rooms with a door. */
const ROOMED: ReadonlySet<string> = new Set(['media', 'contract', 'engine', 'vision', 'server']);

/** The folder whose `index.ts` is the door of `path`: a room, or one of the surfaces. */
function roomFolder(path: string): string {
  const parts = path.split('/');
  const depth = parts[2] === 'surfaces' && parts.length > 4 ? 4 : 3;
  return parts.slice(0, depth).join('/');
}

function breach(entry: Import, doors: ReadonlySet<string>): string | undefined {
  const { target } = entry;
  if (target === undefined || !ROOMED.has(workspaceOf(target)) || roomOf(target) === '') return undefined;
  const tests = isTest(entry.from) || entry.from.includes('/testing/');
  if (target.includes('/testing/')) return tests ? undefined : 'only tests may use what is in testing';
  const room = roomFolder(target);
  if (room === roomFolder(entry.from)) return undefined;
  if (roomOf(target) === 'surfaces' && roomOf(entry.from) !== '')
    return `a room may not use a surface (${room})`;
  const door = `${room}/index.ts`;
  return doors.has(door) && target !== door
    ? `goes around the door of ${room}: import its index.ts`
    : undefined;
}

/** A room is entered by its `index.ts`; no room and no surface uses a surface; only tests use a `testing` folder. */
export const doors: Rule = {
  name: 'doors',
  find(repository) {
    const known = new Set(repository.paths);
    const findings: Finding[] = [];
    for (const entry of allImports(repository)) {
      const message = breach(entry, known);
      if (message !== undefined) findings.push({ path: entry.from, line: entry.line, message });
    }
    return findings;
  },
};
