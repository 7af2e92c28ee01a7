import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { ArchiveError, packTar, type TarFile, unpackTar } from './tar.ts';

const STATE = 'state/nightjar.db';
const CONFIG = 'config/nightjar.yaml';
const MANIFEST = 'manifest.json';
const KNOWN = new Set([STATE, CONFIG, MANIFEST]);
/** What an archive may unpack to. */
const MAX_BYTES = 1024 * 1024 * 1024;

const Manifest = z.strictObject({
  format: z.literal(1),
  version: z.string(),
  created_at: z.iso.datetime(),
  files: z.array(
    z.strictObject({ path: z.string(), size: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** What a backup holds: the database as a file, and the configuration file where there is one. */
export interface Contents {
  state: Buffer;
  config: string | undefined;
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** A `tar.gz` that begins with a manifest of SHA-256 sums; `at` is ISO 8601. */
export async function packBackup({ state, config }: Contents, version: string, at: string): Promise<Buffer> {
  const files: TarFile[] = [{ name: STATE, content: state }];
  if (config !== undefined) files.push({ name: CONFIG, content: Buffer.from(config) });
  const manifest: z.infer<typeof Manifest> = {
    format: 1,
    version,
    created_at: at,
    files: files.map(({ name, content }) => ({ path: name, size: content.length, sha256: sha256(content) })),
  };
  const first = { name: MANIFEST, content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) };
  const mtime = Math.floor(Date.parse(at) / 1000);
  return promisify(gzip)(packTar([first, ...files], mtime));
}

function manifestOf(content: Buffer | undefined): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(content?.toString() ?? ''));
  } catch {
    throw new ArchiveError('the archive has no manifest that can be read');
  }
}

async function unzip(archive: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(archive, { maxOutputLength: MAX_BYTES });
  } catch {
    throw new ArchiveError('the archive is no gzip, is cut off or is too large');
  }
}

/** Checks every sum before anything is used. Throws `ArchiveError`. */
export async function unpackBackup(archive: Buffer): Promise<Contents> {
  const files = unpackTar(await unzip(archive), KNOWN);
  const manifest = manifestOf(files.get(MANIFEST));
  const listed = new Set(manifest.files.map(({ path }) => path));
  if (listed.size !== manifest.files.length || files.size !== listed.size + 1 || listed.has(MANIFEST)) {
    throw new ArchiveError('the manifest does not list what the archive holds');
  }
  for (const { path, size, sha256: sum } of manifest.files) {
    const content = files.get(path);
    if (content?.length !== size || sha256(content) !== sum) {
      throw new ArchiveError('a sum of the manifest does not match');
    }
  }
  const state = files.get(STATE);
  if (!state) throw new ArchiveError('the archive holds no state');
  return { state, config: files.get(CONFIG)?.toString() };
}
