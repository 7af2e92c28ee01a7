import { describe, expect, it } from 'vitest';
import { parseCameraArgs, UsageError } from './args.ts';

const parse = (line: string) => parseCameraArgs(line.split(' ').filter(Boolean));

describe('camera arguments', () => {
  it('are two cameras on loopback by default', () => {
    expect(parse('')).toEqual({
      port: 8555,
      host: '127.0.0.1',
      manyWays: false,
      cameras: [
        { path: 'yard', clip: 'yard', phase: 0 },
        { path: 'door', clip: 'door', phase: 0 },
      ],
      load: undefined,
      quirks: [],
      stats: 0,
    });
  });

  it('--many-ways', () => {
    expect(parse('--many-ways')).toMatchObject({ manyWays: true });
  });

  it.each([
    ['front', { path: 'front', clip: 'yard', phase: 0 }],
    ['door', { path: 'door', clip: 'door', phase: 0 }],
    ['door=yard', { path: 'door', clip: 'yard', phase: 0 }],
    ['a/b=/tmp/x.h264,phase=1.5', { path: 'a/b', clip: '/tmp/x.h264', phase: 1500 }],
    ['a,phase=-30', { path: 'a', clip: 'yard', phase: -30_000 }],
    ['a,user=me,password=p=w', { path: 'a', clip: 'yard', phase: 0, username: 'me', password: 'p=w' }],
  ])('--camera %s', (text, camera) => {
    expect(parse(`--camera ${text}`)!.cameras).toEqual([camera]);
  });

  it.each([
    ['--quirk 17', [{ number: 17, variant: 1 }]],
    [
      '--quirk 17 --quirk 10.3',
      [
        { number: 17, variant: 1 },
        { number: 10, variant: 3 },
      ],
    ],
    ['--quirk 17 --quirk list', 'list'],
  ])('%s', (line, quirks) => {
    expect(parse(line)).toMatchObject({ quirks, cameras: [] });
  });

  it('has no cameras but the load when only that is asked for', () => {
    expect(parse('--load /tmp/bench --port 0 --host ::1 --stats 2.5')).toEqual({
      port: 0,
      host: '::1',
      manyWays: false,
      cameras: [],
      load: '/tmp/bench',
      quirks: [],
      stats: 2.5,
    });
  });

  it.each(['--help', '-h', '--camera x -h'])('%s asks for help', (line) => {
    expect(parse(line)).toBeUndefined();
  });

  it.each([
    ['--quirk seventeen', 'a number such as 17'],
    ['--port x', '--port must be a whole number from 0 to 65535, not "x"'],
    ['--port 70000', 'from 0 to 65535, not "70000"'],
    ['--port=', 'not ""'],
    ['--stats -1', ''],
    ['--camera', ''],
    ['--camera a=yard,phase=abc', 'phase must be a number from -86400 to 86400, not "abc"'],
    ['--camera a,user=x', 'user and password go together'],
    ['--camera a,colour=red', '"colour" is not phase=SECONDS, user=NAME or password=TEXT'],
    ['--camera a,phase', '"phase" is not phase=SECONDS'],
    ['--camera a=b=,x', ''],
    ['--camera /a', 'a name is letters'],
    ['--camera a//b', 'a name is letters'],
    ['--camera a --camera a=door', 'two cameras are called a'],
    ['--cameras a', "Unknown option '--cameras'"],
    ['yard', 'yard'],
  ])('%s is refused', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });
});
