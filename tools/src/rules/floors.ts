import { allImports, type Import, roomOf, workspaceOf } from './imports.ts';
import { type Finding, isTest, type Rule } from './rule.ts';

const FLOORS: readonly (readonly string[])[] = [
  ['bytes', 'doorstep'],
  ['codecs'],
  ['stream'],
  ['rtp', 'sdp', 'mpegts', 'mp4', 'flv'],
  ['intake'],
  ['rtsp', 'rtmp', 'mjpeg', 'hls', 'webrtc'],
  ['testing'],
];
const FLOOR_OF = new Map(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));

function targetRoom(entry: Import): string | undefined {
  const path = entry.target ?? entry.specifier.replace(/^@nightjar\/media\//, 'media/src/');
  if (workspaceOf(path) !== 'media') return undefined;
  return entry.target === undefined ? path.split('/')[2] : roomOf(path);
}

function breach(entry: Import): string | undefined {
  const to = targetRoom(entry);
  const from = roomOf(entry.from);
  if (to === undefined || to === from) return undefined;
  const [own, other] = [FLOOR_OF.get(from), FLOOR_OF.get(to)];
  if (own === undefined) return `media/src/${from} is on no floor`;
  if (other === undefined) return `media/src/${to} is on no floor`;
  const tests = isTest(entry.from) || entry.from.includes('/testing/');
  if (other < own || (to === 'testing' && tests)) return undefined;
  return `${from} (floor ${own}) may not use ${to} (floor ${other})`;
}

/** Inside `media`, a folder uses lower floors only; tests, and what is in `testing` for them, may also use `testing`. */
export const floors: Rule = {
  name: 'floors',
  find(repository) {
    const findings: Finding[] = [];
    for (const entry of allImports(repository)) {
      if (workspaceOf(entry.from) !== 'media') continue;
      const message = breach(entry);
      if (message !== undefined) findings.push({ path: entry.from, line: entry.line, message });
    }
    return findings;
  },
};
