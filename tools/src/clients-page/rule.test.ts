import { expect, test } from 'vitest';
import { repositoryOf } from '../rules/samples.ts';
import { CLIENTS_PAGE, clients } from './rule.ts';

const found = (row: string) => {
  const page = `# Clients\n\n| Program | As | Proved by |\n|---|---|---|\n${row}\n`;
  const files = { [CLIENTS_PAGE]: page, 'e2e/a.test.ts': "it('ffmpeg plays', x); it('VLC plays', y)" };
  return clients.find(repositoryOf(files)).map(({ line, message }) => [line, message]);
};

test.each([
  ['| ffmpeg | player | [a.test.ts](../../e2e/a.test.ts): ffmpeg plays; VLC plays |', []],
  [
    '| ffmpeg | player | [a.test.ts](../../e2e/a.test.ts): ffmpeg plays; ffmpeg sings |',
    [[5, 'e2e/a.test.ts has no test “ffmpeg sings”']],
  ],
  [
    '| ffmpeg | player | [b.test.ts](../../e2e/b.test.ts): ffmpeg plays |',
    [[5, 'e2e/b.test.ts has no test “ffmpeg plays”']],
  ],
  ['| ffmpeg | player | somewhere |', [[5, 'a row without a test']]],
])('%s', (row, findings) => {
  expect(found(row)).toEqual(findings);
});

test('without the page nothing is looked for', () => {
  expect(clients.find(repositoryOf({}))).toEqual([]);
});
