import { describe, expect, test } from 'vitest';
import { arrows } from './arrows.ts';
import { cycles } from './cycles.ts';
import { doors } from './doors.ts';
import { floors } from './floors.ts';
import { importing, placesOf } from './samples.ts';

describe('arrows', () => {
  test.each([
    ['engine/src/a.ts', '@nightjar/media/rtsp'],
    ['engine/src/a.ts', '@nightjar/contract/link'],
    ['server/src/a.ts', '@nightjar/contract'],
    ['server/src/a.ts', 'fastify'],
    ['web/src/a.tsx', '@nightjar/contract'],
    ['e2e/src/a.ts', '@nightjar/media/testing'],
    ['bench/src/a.ts', '@nightjar/contract'],
    ['bench/src/a.ts', '@nightjar/e2e/harness'],
    ['media/src/rtp/a.ts', '@nightjar/media/codecs'],
  ])('%s may know %s', (path, specifier) => {
    expect(placesOf(arrows, { [path]: importing(specifier) })).toEqual([]);
  });

  test.each([
    ['media/src/rtp/a.ts', '@nightjar/contract'],
    ['contract/src/a.ts', '@nightjar/media/codecs'],
    ['server/src/a.ts', '@nightjar/media/mp4'],
    ['server/src/a.ts', '@nightjar/engine'],
    ['web/src/a.tsx', '@nightjar/media/hls'],
    ['e2e/src/a.ts', '@nightjar/media/rtsp'],
    ['e2e/src/a.ts', '@nightjar/server'],
    ['bench/src/a.ts', '@nightjar/engine'],
    ['engine/src/a.ts', '../../media/src/rtp/index.ts'],
    ['tools/src/a.ts', '../../server/src/main.ts'],
  ])('%s may not know %s', (path, specifier) => {
    expect(placesOf(arrows, { [path]: importing(specifier) })).toEqual([`${path}:1`]);
  });
});

describe('floors', () => {
  test.each([
    ['media/src/codecs/a.ts', '../bytes/index.ts'],
    ['media/src/rtsp/a.ts', '../rtp/index.ts'],
    ['media/src/rtsp/a.ts', '../mp4/index.ts'],
    ['media/src/testing/a.ts', '../rtsp/index.ts'],
    ['media/src/rtp/a.test.ts', '../testing/index.ts'],
    ['media/src/webrtc/testing/a.ts', '../../testing/index.ts'],
    ['media/src/rtp/payloads/a.ts', '../packet.ts'],
    ['engine/src/a.ts', '@nightjar/media/rtsp'],
  ])('%s may use %s', (path, specifier) => {
    expect(placesOf(floors, { [path]: importing(specifier) })).toEqual([]);
  });

  test.each([
    ['media/src/bytes/a.ts', '../codecs/index.ts'],
    ['media/src/rtp/a.ts', '../sdp/index.ts'],
    ['media/src/mp4/a.ts', '../hls/index.ts'],
    ['media/src/rtsp/a.ts', '../webrtc/index.ts'],
    ['media/src/rtp/a.ts', '../testing/index.ts'],
    ['media/src/rtp/a.ts', '@nightjar/media/rtsp'],
    ['media/src/rtp/a.ts', '../oddments/index.ts'],
    ['media/src/oddments/a.ts', '../bytes/index.ts'],
  ])('%s may not use %s', (path, specifier) => {
    expect(placesOf(floors, { [path]: importing(specifier) })).toEqual([`${path}:1`]);
  });
});

describe('doors', () => {
  const rooms = {
    'server/src/streams/index.ts': '',
    'server/src/streams/store.ts': '',
    'server/src/streams/viewers/index.ts': '',
    'server/src/streams/pushes/index.ts': '',
    'server/src/streams/pushes/store.ts': '',
    'server/src/surfaces/manager/index.ts': '',
    'server/src/surfaces/manager/routes.ts': '',
  };

  test.each([
    ['server/src/recordings/a.ts', '../streams/index.ts'],
    ['server/src/streams/a.ts', './store.ts'],
    ['server/src/streams/a.ts', './pushes/store.ts'],
    ['server/src/streams/viewers/a.ts', '../pushes/index.ts'],
    ['server/src/recordings/a.ts', '../streams/pushes/index.ts'],
    ['server/src/streams/pushes/a.ts', '../store.ts'],
    ['server/src/assembly/a.ts', '../surfaces/manager/index.ts'],
    ['server/src/streams/a.test.ts', '../testing/index.ts'],
    ['server/src/testing/a.ts', './rig.ts'],
    ['server/src/streams/testing/a.ts', '../../testing/index.ts'],
    ['server/src/recordings/a.test.ts', '../streams/testing/rig.ts'],
    ['server/src/testing/a.ts', '../streams/testing/rig.ts'],
    ['server/src/main.ts', './surfaces/manager/index.ts'],
    ['server/src/surfaces/manager/a.ts', './routes.ts'],
    ['server/src/surfaces/manager/a.ts', '../../streams/index.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(placesOf(doors, { ...rooms, [path]: importing(specifier) })).toEqual([]);
  });

  test.each([
    ['server/src/recordings/a.ts', '../streams/store.ts'],
    ['server/src/streams/viewers/a.ts', '../pushes/store.ts'],
    ['server/src/recordings/a.ts', '../streams/pushes/store.ts'],
    ['server/src/main.ts', './streams/store.ts'],
    ['server/src/main.ts', './surfaces/manager/routes.ts'],
    ['server/src/streams/a.ts', '../surfaces/manager/index.ts'],
    ['server/src/surfaces/partner/a.ts', '../manager/index.ts'],
    ['server/src/surfaces/manager/a.ts', '../../streams/store.ts'],
    ['server/src/streams/a.ts', '../testing/index.ts'],
    ['server/src/recordings/a.ts', '../streams/testing/rig.ts'],
    ['server/src/streams/a.ts', './testing/rig.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(placesOf(doors, { ...rooms, [path]: importing(specifier) })).toEqual([`${path}:1`]);
  });
});

describe('cycles', () => {
  test('a tree and a diamond have none', () => {
    const files = {
      'a/src/a.ts': importing('./b.ts', './c.ts'),
      'a/src/b.ts': importing('./d.ts'),
      'a/src/c.ts': importing('./d.ts', 'node:fs'),
      'a/src/d.ts': '',
    };
    expect(placesOf(cycles, files)).toEqual([]);
  });

  test.each([
    ['two files', { 'a/src/a.ts': importing('./b.ts'), 'a/src/b.ts': importing('./a.ts') }, ['a/src/b.ts:1']],
    ['a file and itself', { 'a/src/a.ts': importing('./a.ts') }, ['a/src/a.ts:1']],
    [
      'two workspaces by their doors',
      {
        'a/src/index.ts': importing('@nightjar/b/x'),
        'b/src/x/index.ts': importing('node:net', '@nightjar/a'),
      },
      ['b/src/x/index.ts:2'],
    ],
  ])('%s', (_, files, places) => {
    expect(placesOf(cycles, files as Record<string, string>)).toEqual(places);
  });
});
