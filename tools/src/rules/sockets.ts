import { type Finding, isSource, isTest, lineAt, type Rule, type SourceFile } from './rule.ts';

/** Where a connection may be opened, as path prefixes, and why there. */
const ALLOWED: Readonly<Record<string, string>> = {
  'media/src/testing/': 'the synthetic camera and the fault proxy are clients and servers on loopback',
  'media/src/webrtc/testing/': 'a peer on loopback, as tests of the transports play it',
  'engine/src/testing/': 'what tests of the engine drive it with, on loopback',
  'engine/src/listeners/testing/': 'publishers on loopback, as tests play them',
  'engine/src/link/testing/': "the server's end of the link, as tests play it",
  'server/src/testing/': 'what tests of the server drive it with, on loopback',
  'server/src/surfaces/live/testing/': 'viewers of a server on loopback, as tests play them',
  'server/src/recordings/tiers/testing/':
    'the front of an object store on loopback, away and back as tests say',
  'media/src/doorstep/lent-reads.ts': 'goes on with a connection that a server of ours has accepted',
  'media/src/rtmp/': 'the RTMP client dials the address that its caller has checked',
  'media/src/rtsp/': 'the RTSP client dials the address that its caller has checked',
  'engine/src/outbound/': 'where a camera is dialled after the outbound policy has checked each address',
  'engine/src/webrtc/': 'binds the one port on which WebRTC peers are heard',
  'engine/src/door/': 'asks its own Unix socket whether another engine still answers there',
  'server/src/commands/': "asks the engine's own Unix socket whether the product runs",
  'server/src/engine-link/': "the link and viewers' media, over the engine's Unix socket",
  'server/src/surfaces/live/live-sockets.ts': "viewers' WebSockets, over the engine's Unix socket",
  'server/src/kernel/camera-http.ts': 'asks a camera after the outbound policy has checked each address',
  'server/src/cameras/onvif/discovery.ts':
    'asks the own network who is there; whom it finds is not dialled from here',
  'web/src/': 'the page calls the server it came from',
  'clients/typescript/src/': 'a client of the product, for the programs of others',
  'e2e/src/': 'black-box clients of the product',
  'bench/src/': 'black-box clients of the product',
  'tools/src/': 'the launcher asks the server on loopback whether it is ready',
};

const CALLS: readonly RegExp[] = [
  /\b(?:net|tls)\.(?:connect|createConnection)\(/g,
  /\bnew (?:net\.)?Socket\(/g,
  /\b(?:dgram\.createSocket|createSocket)\(/g,
  /\bhttps?\.(?:request|get)\(/g,
  /(?<![.\w#])fetch\(/g,
  /\bnew (?:WebSocket|EventSource)\(/g,
];
/** Named imports that would hide the module at the call. */
const HIDDEN =
  /^import \{[^}]*\b(?:connect|createConnection|createSocket|request|Socket)\b[^}]*\} from '(?:node:)?(?:net|tls|dgram|https?|http2|undici)'/gm;

function findingsOf(file: SourceFile): Finding[] {
  return [...CALLS, HIDDEN].flatMap((pattern) =>
    [...file.text.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(file.text, match.index),
      message: `opens a connection (${match[0].split('\n')[0]}): only listed modules may`,
    })),
  );
}

/** A socket outwards is opened in few known places, so that the outbound policy cannot be walked around. */
export const sockets: Rule = {
  name: 'sockets',
  find(repository) {
    const prefixes = Object.keys(ALLOWED);
    return repository.files
      .filter(({ path }) => isSource(path) && !isTest(path))
      .filter(({ path }) => !prefixes.some((prefix) => path.startsWith(prefix)))
      .flatMap(findingsOf);
  },
};
