import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packBackup, unpackBackup } from './archive.ts';
import { ArchiveError, packTar, unpackTar } from './tar.ts';

const KNOWN = new Set(['a', 'b']);
const AT = '2024-01-15T10:00:00.000Z';
const file = (name: string, content = 'x') => ({ name, content: Buffer.from(content) });
const good = packTar([file('a')], 0);

/** The archive with one header field changed and its sum put right. */
function forged(offset: number, text: string): Buffer {
  const archive = Buffer.from(good);
  archive.write(text, offset, 'latin1');
  archive.fill(0x20, 148, 156);
  const sum = archive.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}

describe('a tar', () => {
  test('comes back as it was packed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 2_000 }), (a, b) => {
        const files = [
          { name: 'a', content: Buffer.from(a) },
          { name: 'b', content: Buffer.from(b) },
        ];
        expect([...unpackTar(packTar(files, 1_700_000_000), KNOWN)]).toEqual(
          files.map(({ name, content }) => [name, content]),
        );
      }),
    );
  });

  test('is one that tar itself reads, and the other way round', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-tar-'));
    const run = promisify(execFile);
    await writeFile(join(folder, 'ours.tar'), packTar([file('a', 'one'), file('b', 'two')], 1_700_000_000));
    await run('tar', ['-xf', 'ours.tar'], { cwd: folder });
    expect([await readFile(join(folder, 'a'), 'utf8'), await readFile(join(folder, 'b'), 'utf8')]).toEqual([
      'one',
      'two',
    ]);
    await run('tar', ['--format=ustar', '-cf', 'theirs.tar', 'a', 'b'], { cwd: folder });
    const theirs = unpackTar(await readFile(join(folder, 'theirs.tar')), KNOWN);
    expect([...theirs.values()].map(String)).toEqual(['one', 'two']);
    await rm(folder, { recursive: true });
  });

  const climbing = ['../a', '/etc/passwd', 'a/../../b', 'c', './a', 'a\\b', 'A', 'a ', ''];
  const kinds = ['1', '2', '3', '4', '5', '6', '7', 'g', 'x', 'L', 'K', 'S', '\0'];
  test.each<[string, Buffer]>([
    ...climbing.map((name): [string, Buffer] => [
      `the name ${JSON.stringify(name)}`,
      packTar([file(name)], 0),
    ]),
    ...kinds.map((kind): [string, Buffer] => [`an entry of kind ${JSON.stringify(kind)}`, forged(156, kind)]),
    ['the same name twice', packTar([file('a'), file('a')], 0)],
    ['a prefix', forged(345, '../..')],
    ['another magic', forged(257, 'gnutar')],
    ['a size beyond the end', forged(124, '00000077777\0')],
    ['a negative size', forged(124, '-0000000001\0')],
    ['a size in base 256', forged(124, '\x80')],
    ['a sum that is wrong', Buffer.from(good).fill('b', 0, 1)],
    ['no end', good.subarray(0, 1_024)],
    ['half a header', good.subarray(0, 300)],
    ['nothing', Buffer.alloc(0)],
    ['bytes behind the end', Buffer.concat([good, Buffer.from('more')])],
    ['a second archive behind the end', Buffer.concat([good, good])],
  ])('with %s is refused', (_what, archive) => {
    expect(() => unpackTar(archive, KNOWN)).toThrow(ArchiveError);
  });

  test('of any bytes is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const archive = Buffer.from(good);
        archive[at] = byte;
        try {
          expect([...unpackTar(archive, KNOWN).keys()]).toHaveLength(1);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }),
    );
  });
});

describe('a backup', () => {
  const contents = { state: Buffer.from('state'), config: 'server: {port: 1}\n' };

  test('comes back as it was packed', async () => {
    expect(await unpackBackup(await packBackup(contents, '0.1.0', AT))).toEqual(contents);
    const bare = { state: Buffer.from('state'), config: undefined };
    expect(await unpackBackup(await packBackup(bare, '0.1.0', AT))).toEqual(bare);
  });

  const sum = 'a'.repeat(64);
  const manifest = (files: unknown, format = 1) =>
    file('manifest.json', JSON.stringify({ format, version: '0', created_at: AT, files }));
  const state = file('state/nightjar.db');
  const listed = { path: 'state/nightjar.db', size: 1, sha256: sum };
  test.each([
    ['no gzip', Buffer.from('hello')],
    ['nothing in it', gzipSync('')],
    ['a gzip that is cut off', gzipSync(good).subarray(0, 20)],
    ['no manifest', gzipSync(packTar([state], 0))],
    ['a manifest that is no JSON', gzipSync(packTar([file('manifest.json', '{'), state], 0))],
    ['a manifest of another format', gzipSync(packTar([manifest([listed], 2), state], 0))],
    ['a sum that does not match', gzipSync(packTar([manifest([listed]), state], 0))],
    ['a file that is not listed', gzipSync(packTar([manifest([]), state], 0))],
    ['a listed file that is not there', gzipSync(packTar([manifest([listed])], 0))],
    ['a file that is none of ours', gzipSync(packTar([manifest([]), file('keys/secrets.key')], 0))],
    ['a name that climbs', gzipSync(packTar([manifest([listed]), file('../../etc/cron.d/x')], 0))],
  ])('with %s is refused', async (_what, archive) => {
    await expect(unpackBackup(archive)).rejects.toThrow(ArchiveError);
  });

  test('with a bit that fell over is refused wherever it is', async () => {
    const whole = await packBackup(contents, '0.1.0', AT);
    for (let at = 0; at < whole.length; at += 3) {
      const torn = Buffer.from(whole);
      torn[at] = (torn[at] ?? 0) ^ 0x10;
      const result = await unpackBackup(torn).catch((error: unknown) => error);
      // The header of gzip holds a time and a system that say nothing.
      if (!(result instanceof ArchiveError)) expect(result).toEqual(contents);
    }
  });
});
