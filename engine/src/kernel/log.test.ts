import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, type Log } from './log.ts';

function rig(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return {
    log: createLog({ utc: () => Date.UTC(2026, 0, 2), write: (line) => void lines.push(line) }),
    lines,
  };
}

describe('the log', () => {
  it.each(['info', 'warn', 'error'] as const)('writes %s as a line of JSON', (level) => {
    const { log, lines } = rig();
    log[level]('something\nhappened', { stream_id: 'cam', count: 2, big: 7n });
    expect(lines).toEqual([
      `{"level":"${level}","time":"2026-01-02T00:00:00.000Z","msg":"something\\nhappened","stream_id":"cam","count":2,"big":"7"}\n`,
    ]);
  });

  it('tells errors with message, code, cause and place', () => {
    const { log, lines } = rig();
    const cause = new Error('deep down');
    log.error('failed', { error: Object.assign(new TypeError('broken', { cause }), { code: 'EIO' }) });
    const line = JSON.parse(lines[0]!) as { error: Record<string, string> };
    expect(line.error).toMatchObject({
      name: 'TypeError',
      message: 'broken',
      code: 'EIO',
      cause: 'deep down',
    });
    expect(line.error['stack']).toContain('log.test.ts');
  });

  it('tells what was thrown and is no error', () => {
    const { log, lines } = rig();
    log.error('failed', { error: 'a text' });
    log.error('failed', { error: undefined });
    expect(lines.map((line) => (JSON.parse(line) as { error: unknown }).error)).toEqual([
      'a text',
      undefined,
    ]);
  });

  it('lets no credentials of a URL through, wherever they stand', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9$!*._-]{6,24}$/);
    fc.assert(
      fc.property(secret, secret, (user, password) => {
        const { log, lines } = rig();
        const url = `rtsp://${user}:${password}@camera.test/x`;
        const error = new Error(`cannot open ${url}`, { cause: new Error(url) });
        log.error(`lost ${url}`, { stream_id: 'cam', url, error, nested: { list: [url] } });
        expect(lines[0]).not.toContain(`${user}:`);
        expect(lines[0]).not.toContain(`:${password}`);
        expect(lines[0]).toContain('rtsp://***:***@camera.test/x');
      }),
    );
  });
});
