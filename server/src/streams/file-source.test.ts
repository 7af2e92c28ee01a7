import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCameraTargets, createVault } from '../kernel/index.ts';
import { createSources } from './index.ts';

const rules = { allow: [], deny: [], ports: [] };
const targets = createCameraTargets({
  policy: () => rules,
  surroundings: () => ({ own: [] }),
  lookup: async () => [],
});

function sourcesWith(folder: string | null) {
  return createSources({ vault: createVault(randomBytes(32)), targets, files: () => folder });
}

describe('a file as a source', () => {
  test('is kept as it is written, and may take the place of a camera', async () => {
    const sources = sourcesWith('/srv/films');
    const sealed = await sources.seal('a', 'file:yard/film 1.mp4'.replace(' ', '%20'));
    expect(sealed.shown).toBe('file:yard/film%201.mp4');
    expect(sources.open('a', sealed)).toEqual({ url: 'file:yard/film%201.mp4' });
    const camera = await sources.seal('a', 'rtsp://bob:x@10.0.0.5/1');
    const again = await sources.reseal('a', 'file:yard.ts', camera);
    expect(sources.open('a', again)).toEqual({ url: 'file:yard.ts' });
    expect(sources.sameCamera('a', again, sealed)).toBe(false);
    await expect(sources.reseal('a', 'rtsp://***:***@10.0.0.5/1', again)).rejects.toThrow('write the secret');
  });

  test.each([
    [null, 'file:film.mp4', 'network.files_path'],
    ['/srv/films', 'file:', 'file:film.mp4'],
    ['/srv/films', 'file:a b', 'file:film.mp4'],
    ['/srv/films', `file:${'x'.repeat(2000)}`, 'file:film.mp4'],
  ])('with the folder %s %s is refused', async (folder, text, words) => {
    await expect(sourcesWith(folder).seal('a', text)).rejects.toThrow(words);
  });
});
