import { posix } from 'node:path';
import { allImports, type Import, roomOf, workspaceOf } from './imports.ts';
import { type Finding, isTest, type Rule } from './rule.ts';

/** Workspaces whose folders under `src` are rooms with a door. */
const ROOMED: ReadonlySet<string> = new Set(['media', 'contract', 'engine', 'vision', 'server']);

/** Where rooms and surfaces are put together: the files beside the rooms, and the folder they fill. */
const COMPOSING: ReadonlySet<string> = new Set(['', 'assembly']);

/** The room of `path`, or the surface: what its door closes off from all others. */
function roomFolder(path: string): string {
  const parts = path.split('/');
  const depth = parts[2] === 'surfaces' && parts.length > 4 ? 4 : 3;
  return parts.slice(0, depth).join('/');
}

/** The innermost folder around `path` that has a door; its room, when none has. */
function innerRoom(path: string, doors: ReadonlySet<string>): string {
  const room = roomFolder(path);
  let folder = posix.dirname(path);
  while (folder.length > room.length && !doors.has(`${folder}/index.ts`)) folder = posix.dirname(folder);
  return folder;
}

function throughDoor(entry: Import, target: string, doors: ReadonlySet<string>): boolean {
  const [room, own] = [roomFolder(target), roomFolder(entry.from)];
  const inner = innerRoom(target, doors);
  if (target === `${inner}/index.ts`) return true;
  if (room !== own) return !doors.has(`${room}/index.ts`);
  const from = innerRoom(entry.from, doors);
  return from === own || `${from}/`.startsWith(`${inner}/`) || inner.startsWith(`${from}/`);
}

function breach(entry: Import, doors: ReadonlySet<string>): string | undefined {
  const { target } = entry;
  if (target === undefined || !ROOMED.has(workspaceOf(target)) || roomOf(target) === '') return undefined;
  const tests = isTest(entry.from) || entry.from.includes('/testing/');
  if (target.includes('/testing/')) return tests ? undefined : 'only tests may use what is in testing';
  const room = roomFolder(target);
  const foreign = room !== roomFolder(entry.from);
  if (foreign && roomOf(target) === 'surfaces' && !COMPOSING.has(roomOf(entry.from)))
    return `a room may not use a surface (${room})`;
  if (throughDoor(entry, target, doors) || (tests && !foreign)) return undefined;
  return `goes around the door of ${innerRoom(target, doors)}: import its index.ts`;
}

/**
 * A room is entered by its `index.ts`, and so is a room within a room, from its neighbours too; no room and no surface
 * uses a surface; only tests use a `testing` folder.
 */
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
