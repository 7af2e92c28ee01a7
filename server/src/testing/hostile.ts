/** Spellings of what strangers try, made from their parts; each once. */

const DOTS = [
  '..',
  '%2e%2e',
  '.%2e',
  '%2E.',
  '%252e%252e',
  '..%00',
  '..;',
  '%c0%ae%c0%ae',
  '．．',
  '...',
  '. .',
  '..%20',
];
const SLASHES = ['/', '%2f', '%2F', '%5c', '%252f', '%c0%af', '\\', '//', '/./', '%2f/', '；', '%e2%88%95'];
const TARGETS = ['etc/passwd', 'keys/tokens.key', 'nightjar.db', 'nightjar.yaml', 'package.json', ''];

/** Ways to name a file outside of the folder that is meant, some 2,000. */
export function traversals(): string[] {
  const climbs = DOTS.flatMap((dots) =>
    SLASHES.flatMap((slash) => [1, 3].map((depth) => `${dots}${slash}`.repeat(depth))),
  );
  const relative = climbs.flatMap((climb) =>
    TARGETS.map((target) => `${climb}${target.replaceAll('/', '%2f')}`),
  );
  const behind = climbs.flatMap((climb) =>
    ['a', '2026-01-02_03-04-05.mp4'].map((name) => `${name}%2f${climb}x`),
  );
  const absolute = [
    '%2fetc%2fpasswd',
    '%2f%2fetc%2fpasswd',
    'file:%2f%2f%2fetc%2fpasswd',
    'C:%5cx',
    '%00',
    '~%2f.ssh',
  ];
  return [...new Set([...relative, ...behind, ...absolute])];
}

const LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '0x7f.0.0.1',
  '0x7f000001',
  '0177.0.0.1',
  '017700000001',
  '2130706433',
  '127.0.0.01',
  '127.0.0.1.',
  '127%2e0%2e0%2e1',
  '１２７.0.0.1',
  '127。0。0。1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'cam.localhost',
  'ⓛocalhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::5efe:127.0.0.1]',
];
const ELSEWHERE = [
  '0.0.0.0',
  '0',
  '0x0',
  '[::]',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[fd00:ec2::254]',
  'metadata.google.internal@169.254.169.254',
  '224.0.0.1',
  '[ff02::1]',
  '255.255.255.255',
  '240.0.0.1',
  '198.18.0.1',
  '100.100.100.200',
  '8.8.8.8',
  '[2606:4700::1111]',
];
const USERS = ['', 'user:pass@', '10.0.0.5@', '10.0.0.5:554@', 'a%40b:c@'];

/** Addresses of cameras that are none: 200 and more spellings of what must not be reached. */
export function deniedSources(): string[] {
  const plain = [...LOOPBACK, ...ELSEWHERE].flatMap((host) => USERS.map((user) => `rtsp://${user}${host}/x`));
  const ports = ['22', '25', '3306', '6379', '0', '65536', '-1', '5540000', '٥٥٤'].map(
    (port) => `rtsp://10.0.0.5:${port}/x`,
  );
  const schemes = [
    'http',
    'file',
    'gopher',
    'ftp',
    'rtmp+x',
    'javascript',
    'data',
    'tcp',
    'unix',
    'concat',
  ].map((scheme) => `${scheme}://127.0.0.1/x`);
  const split = [
    'rtsp://10.0.0.5#@127.0.0.1/x',
    'rtsp://10.0.0.5\\@127.0.0.1/x',
    'rtsp://127.0.0.1\\.example/x',
    'rtsp://127.0.0.1%00.example/x',
    'rtsp://10.0.0.5\t@127.0.0.1/x',
    'rtsp://10.0.0.5\n127.0.0.1/x',
    'rtsp:127.0.0.1/x',
    'rtsp:///127.0.0.1/x',
    'rtsp:/\\127.0.0.1/x',
    ' rtsp://127.0.0.1/x',
    'rtsp://[::1%25lo]/x',
    'rtsp://[::1/x',
  ];
  return [...new Set([...plain, ...ports, ...schemes, ...split])];
}
