import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Detector } from '@nightjar/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/index.ts';
import type { CheckResult } from './check.ts';
import { Models } from './models.ts';

const FACTS = 'classes: [person, car]\nsize: 320\nlayout: yolov8\n';
let folder: string;
let checked: Detector[];
let changes: number;
let results: Record<string, CheckResult>;
let enabled: boolean;
let models: Models;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-models-'));
  [checked, changes, results, enabled] = [[], 0, {}, true];
  models = new Models({
    clock: new FakeClock(),
    settings: () => ({ enabled, folder, device: 'cpu', threads: 2 }),
    check: async (detector) => {
      checked.push(detector);
      return results[detector.name] ?? { ok: true, ms: 7 };
    },
    changed: () => void changes++,
    failed: (error) => {
      throw error;
    },
  });
});

afterEach(async () => {
  models.close();
  await rm(folder, { recursive: true });
});

const put = async (name: string, facts: string | undefined = FACTS): Promise<void> => {
  await writeFile(join(folder, `${name}.onnx`), `bytes of ${name}`);
  if (facts !== '') await writeFile(join(folder, `${name}.yaml`), facts);
};

describe('models that were put into the folder', () => {
  test('are tried once, and used when they fit', async () => {
    await put('b');
    await put('a', 'classes: [face]\nsize: [640, 384]\nlayout: yolov5\n');
    expect(models.detector(null, [])).toBeUndefined();
    expect((await models.list()).map(({ name, state, ms }) => [name, state, ms])).toEqual([
      ['a', 'ready', 7],
      ['b', 'ready', 7],
    ]);
    await models.list();
    expect(checked).toHaveLength(2);
    expect(changes).toBe(1);
    expect(models.detector(null, [])).toMatchObject({ name: 'a', width: 640, height: 384, threads: 2 });
    expect(models.detector(null, ['person', 'face'])?.name).toBe('a');
    expect(models.detector(null, ['person'])).toMatchObject({ name: 'b', file: join(folder, 'b.onnx') });
    expect(models.detector('b', ['face'])).toBeUndefined();
    expect(models.detector('c', [])).toBeUndefined();
    enabled = false;
    expect(models.detector(null, [])).toBeUndefined();
  });

  test('are tried again when they are others, and are none when they are gone', async () => {
    await put('a');
    await models.scan();
    const first = models.detector('a', []);
    await put('a', FACTS.replace('320', '416'));
    await models.scan();
    expect(models.detector('a', [])).toMatchObject({ width: 416 });
    expect(models.detector('a', [])?.version).not.toBe(first?.version);
    await rm(join(folder, 'a.onnx'));
    await models.scan();
    expect(models.detector('a', [])).toBeUndefined();
    expect(changes).toBe(3);
  });

  test.each([
    ['without a YAML', '', /no YAML/],
    ['with a YAML that is none', 'classes: [', /YAML/],
    ['without classes', 'size: 320\nlayout: yolov8\n', /classes/],
    ['of an unknown layout', FACTS.replace('yolov8', 'ssd'), /layout/],
    ['with more than it may say', `${FACTS}run: rm\n`, /YAML/],
  ])('%s are refused, and never run', async (_, facts, words) => {
    await put('a', facts);
    expect(await models.list()).toMatchObject([
      { name: 'a', state: 'refused', message: expect.stringMatching(words) },
    ]);
    expect(checked).toEqual([]);
    expect(models.detector(null, [])).toBeUndefined();
  });

  test('that cannot be run are refused with what was said of them', async () => {
    await put('a');
    results['a'] = { ok: false, message: 'it takes [1, 1], not pictures' };
    expect(await models.list()).toMatchObject([
      { state: 'refused', message: 'it takes [1, 1], not pictures' },
    ]);
    expect(models.detector('a', [])).toBeUndefined();
  });

  test('have plain names, and what is no model is passed over', async () => {
    await put('..');
    await put('.hidden');
    await writeFile(join(folder, 'notes.txt'), 'x');
    expect(await models.list()).toEqual([]);
    await rm(folder, { recursive: true });
    expect(await models.list()).toEqual([]);
    await mkdir(folder);
  });
});

describe('models that are sent', () => {
  const send = (name: string, bytes = Readable.from([Buffer.from('on'), Buffer.from('nx')])) =>
    models.install(name, { classes: ['person'], size: [640, 640], layout: 'yolov5' }, bytes);

  test('are tried before they are kept', async () => {
    expect(await send('a')).toMatchObject({ name: 'a', state: 'ready', size: 4, ms: 7 });
    expect(await readFile(join(folder, 'a.onnx'), 'utf8')).toBe('onnx');
    expect(models.detector('a', [])).toMatchObject({ width: 640, classes: ['person'] });
    await models.scan();
    expect(checked).toHaveLength(1);
    await expect(send('a')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('leave nothing behind when they are refused, or do not come whole', async () => {
    results['a'] = { ok: false, message: 'no network' };
    await expect(send('a')).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
    const broken = new Readable({ read: () => undefined });
    const sent = send('b', broken);
    broken.destroy(new Error('gone'));
    await expect(sent).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
    expect(changes).toBe(0);
  });

  test('are removed with their files, once', async () => {
    await send('a');
    await models.remove('a');
    expect(models.detector('a', [])).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await expect(models.remove('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(models.get('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
