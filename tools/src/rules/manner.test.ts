import { describe, expect, test } from 'vitest';
import { budgets } from './budgets.ts';
import { commands, links, paths } from './docs.ts';
import { applyExemptions } from './exemptions.ts';
import { names } from './names.ts';
import { packages } from './packages.ts';
import { placesOf, repositoryOf } from './samples.ts';
import { sockets } from './sockets.ts';
import { tests } from './tests.ts';

const lines = (count: number): string => 'x\n'.repeat(count);

describe('budgets', () => {
  test.each([
    ['a/src/f.ts', 300],
    ['a/src/f.test.ts', 500],
    ['docs/design/time.md', 200],
    ['nightjar', 300],
  ])('%s holds %d lines and not one more', (path, count) => {
    expect(placesOf(budgets, { [path]: lines(count) })).toEqual([]);
    expect(placesOf(budgets, { [path]: lines(count + 1) })).toEqual([path]);
    expect(placesOf(budgets, { [path]: `${lines(count)}x` })).toEqual([path]);
  });

  test('a folder holds fifteen files beside their tests', () => {
    const named = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a/src/r/f${index}.ts`, '']));
    expect(placesOf(budgets, { ...named(15), 'a/src/r/f.test.ts': '', 'a/src/g.ts': '' })).toEqual([]);
    expect(placesOf(budgets, named(16))).toEqual(['a/src/r/index.ts']);
  });
});

describe('names', () => {
  test.each([
    'a/src/bit-reader.ts',
    'a/src/clock.e2e.test.ts',
    'README.md',
    '.ci/run',
    '.gitignore',
    'media/testdata/DS-2CD.pcap',
    'e2e/src/odd_camera.py',
    'tsconfig.base.json',
  ])('%s is well named', (path) => {
    expect(placesOf(names, { [path]: '' })).toEqual([]);
  });

  test.each([
    'a/src/BitReader.ts',
    'a/src/bit_reader.ts',
    'a/utils/x.ts',
    'a/src/common/x.ts',
    'a/Src/x.ts',
    'e2e/src/odd-camera.py',
  ])('%s is not', (path) => {
    expect(placesOf(names, { [path]: '' })).toEqual([path]);
  });
});

describe('packages', () => {
  const manifest = (value: object): string => JSON.stringify(value, null, 1);

  test('exact versions and workspaces pass', () => {
    const text = manifest({ dependencies: { '@nightjar/media': '*', zod: '4.6.7' } });
    expect(placesOf(packages, { 'a/package.json': text })).toEqual([]);
  });

  test.each(['2', '*', '^1.2.3', 'latest', '1.2'])('version %s does not', (version) => {
    const text = manifest({ devDependencies: { zod: version } });
    expect(placesOf(packages, { 'a/package.json': text })).toEqual(['a/package.json:3']);
  });

  test.each([
    [{ 'node_modules/a': {} }, []],
    [{ 'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0' } } }, ['package-lock.json']],
  ])('a lock file with %j', (locked, places) => {
    expect(placesOf(packages, { 'package-lock.json': manifest({ packages: locked }) })).toEqual(places);
  });

  test('media depends on nothing', () => {
    const text = manifest({ dependencies: { zod: '4.6.7' } });
    expect(placesOf(packages, { 'media/package.json': text })).toEqual(['media/package.json']);
  });
});

describe('sockets', () => {
  const dial = 'net.connect(';
  test.each([
    ['media/src/rtsp/client.ts', `${dial}1)`],
    ['server/src/streams/rules.ts', 'repository.fetch(1)'],
    ['server/src/streams/rules.ts', 'this.#fetch(1)'],
    ['server/src/streams/rules.test.ts', `${dial}1)`],
    ['server/src/streams/rules.ts', 'http.createServer()'],
  ])('%s: %s', (path, text) => {
    expect(placesOf(sockets, { [path]: text })).toEqual([]);
  });

  test.each([
    `${dial}1)`,
    'tls.connect(1)',
    "dgram.createSocket('udp4')",
    'https.request(1)',
    'await fetch(url)',
    'new WebSocket(url)',
    'new Socket()',
    "import { connect } from 'node:net';",
  ])('a room of the server may not: %s', (text) => {
    expect(placesOf(sockets, { 'server/src/streams/rules.ts': text })).toEqual([
      'server/src/streams/rules.ts:1',
    ]);
  });
});

describe('tests', () => {
  const path = 'a/src/f.test.ts';
  const only = '.only';
  test.each(["test('a', () => expect(1).toBe(1));", "it.each([1])('a', () => expect.soft(1).toBe(1));"])(
    '%s',
    (text) => {
      expect(placesOf(tests, { [path]: text })).toEqual([]);
    },
  );
  test.each(['', "test('a', () => run());", `test${only}('a', () => expect(1).toBe(1));`])(
    'not %j',
    (text) => {
      expect(placesOf(tests, { [path]: text })).toContain(path);
    },
  );
});

describe('links', () => {
  const tree = { 'docs/glossary.md': '# Glossary\n\n## Key frame\n', 'docs/design/time.md': '' };
  test.each([
    '[a](docs/glossary.md)',
    '[a](./docs/glossary.md#key-frame)',
    '[a](docs)',
    '[a](https://example.org/x)',
    '[a](#here)\n# Here',
    '![a](docs/design/time.md "time")',
  ])('%j leads somewhere', (text) => {
    expect(placesOf(links, { ...tree, 'README.md': text })).toEqual([]);
  });
  test.each(['[a](docs/none.md)', '[a](glossary.md)', '[a](docs/glossary.md#gop)', '[a](#nowhere)'])(
    '%j does not',
    (text) => {
      expect(placesOf(links, { ...tree, 'README.md': text })).toEqual(['README.md:1']);
    },
  );
});

describe('paths', () => {
  const tree = {
    'docs/design/time.md': '',
    'media/src/rtp/sender.ts': '',
    'media/src/rtp/rtcp.ts': '',
    'engine/src/main.ts': '',
  };
  test.each([
    ['README.md', '`media/src/rtp/sender.ts`, `media/src/rtp`, `media/src/rtp/` and `docs/design/time.md`'],
    ['README.md', '`media/src/{rtp/sender,rtp/rtcp}.ts`, `{media,engine}/src`'],
    ['README.md', '`engine/dist/main.js` is built, `application/json` no file, media/src/x no code'],
    ['media/src/rtp/sender.ts', '/** See docs/design/time.md. */ const path = "media/docs/none.md";'],
    ['media/src/rtp/sender.test.ts', "const path = 'docs/none.md';"],
  ])('in %s, %j are there', (path, text) => {
    expect(placesOf(paths, { ...tree, [path]: text })).toEqual([]);
  });
  test.each([
    ['README.md', '\n`media/src/rtp/none.ts`', 'README.md:2'],
    ['README.md', '`media/src/{rtp,flv}`', 'README.md:1'],
    ['engine/src/main.ts', '// Why: docs/design/none.md', 'engine/src/main.ts:1'],
  ])('in %s, %j are not all there', (path, text, place) => {
    expect(placesOf(paths, { ...tree, [path]: text })).toEqual([place]);
  });
});

test('commands named in Markdown exist', () => {
  const tree = {
    'package.json': JSON.stringify({ scripts: { check: 'x' } }),
    nightjar: 'case $1 in\n  demo) x ;;\n  help|-h) y ;;\nesac\n',
  };
  const good = { ...tree, 'README.md': 'npm run check, ./nightjar demo, ./nightjar help' };
  expect(placesOf(commands, good)).toEqual([]);
  const bad = { ...tree, 'README.md': 'npm run chekc\n./nightjar dmeo' };
  expect(placesOf(commands, bad)).toEqual(['README.md:1', 'README.md:2']);
});

describe('exemptions', () => {
  const mark = 'house:';
  const found = (text: string, line?: number): Map<string, unknown[]> =>
    applyExemptions(
      repositoryOf({ 'a.ts': text }),
      new Map([['names', [{ path: 'a.ts', message: 'odd', ...(line === undefined ? {} : { line }) }]]]),
    );

  test.each([
    [`// ${mark} names exempt because a tool wants it`, undefined],
    [`// ${mark} names exempt because a tool wants it\nx`, 2],
    [`// ${mark} names exempt because a tool wants it\nx\nx`, 3],
    [`x // ${mark} names exempt because a tool wants it`, 1],
    [`# ${mark} names exempt because a tool wants it`, 1],
  ])('%j covers line %s', (text, line) => {
    expect([...found(text, line).values()].flat()).toEqual([]);
  });

  test.each([
    [`// ${mark} names exempt because`, undefined, ['names']],
    [`// ${mark} budgets exempt because it is long`, undefined, ['exemptions', 'names']],
    [`x\n// ${mark} names exempt because a tool wants it\nx\nx`, 4, ['exemptions', 'names']],
  ])('%j does not', (text, line, rules) => {
    const left = [...found(text, line)].filter(([, findings]) => findings.length > 0).map(([rule]) => rule);
    expect(left.sort()).toEqual(rules);
  });
});
