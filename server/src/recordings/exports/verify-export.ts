import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fingerprintOf, isSignedBy, MANIFEST, Manifest, PUBLIC_KEY, SIGNATURE } from './manifest.ts';

/** What is found out of one part of an export. */
export interface Finding {
  name: string;
  ok: boolean;
  words: string;
}

interface Entry {
  name: string;
  size: number;
  /** Of its local header. */
  offset: number;
}

const CENTRAL = 0x02014b50;
const END_64 = 0x06064b50;
/** Zip64 end, its locator and the end (APPNOTE 4.3.14 to 4.3.16), as `zip` writes them. */
const TAIL = 56 + 20 + 22;
const MAX_DIRECTORY = 16 * 1024 * 1024;
const MAX_TEXT = 16 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/**
 * Holds an export (a ZIP of this program) against its manifest, and the manifest against its signature: that of
 * the key inside, or of `trusted` (PEM) when it is given. Never throws on what is in the file.
 */
export async function verifyExport(path: string, trusted?: string): Promise<Finding[]> {
  const file = await open(path, 'r');
  try {
    return await findings(file, (await file.stat()).size, trusted);
  } catch (error) {
    if (error instanceof NoExport) return [{ name: path, ok: false, words: error.message }];
    throw error;
  } finally {
    await file.close();
  }
}

class NoExport extends Error {}

async function findings(file: FileHandle, size: number, trusted: string | undefined): Promise<Finding[]> {
  const entries = new Map((await directory(file, size)).map((entry) => [entry.name, entry]));
  const text = await whole(file, entries.get(MANIFEST));
  const manifest = Manifest.safeParse(parsed(text));
  if (!manifest.success) throw new NoExport('its manifest is none of this program');
  const found = [await signature(file, entries, text, trusted)];
  for (const { name, bytes, sha256, missing } of manifest.data.files) {
    const entry = entries.get(name);
    entries.delete(name);
    if (missing !== undefined) found.push({ name, ok: entry === undefined, words: `no footage: ${missing}` });
    else if (entry?.size !== bytes)
      found.push({ name, ok: false, words: 'it is missing or of another size' });
    else {
      const same = (await digest(file, entry)) === sha256;
      found.push({ name, ok: same, words: same ? `${bytes} bytes, SHA-256 ${sha256}` : 'it was changed' });
    }
  }
  for (const name of [MANIFEST, SIGNATURE, PUBLIC_KEY]) entries.delete(name);
  for (const name of entries.keys()) found.push({ name, ok: false, words: 'it is not in the manifest' });
  return found;
}

async function signature(
  file: FileHandle,
  entries: ReadonlyMap<string, Entry>,
  text: Buffer,
  trusted: string | undefined,
): Promise<Finding> {
  const name = MANIFEST;
  if (!entries.has(SIGNATURE)) return { name, ok: false, words: 'it is not signed' };
  const given = await whole(file, entries.get(SIGNATURE));
  const pem = trusted ?? (await whole(file, entries.get(PUBLIC_KEY))).toString();
  if (!isSignedBy(pem, text, given))
    return { name, ok: false, words: 'the signature is not that of the key' };
  return { name, ok: true, words: `signed by the key ${fingerprintOf(pem)}` };
}

/** The files that the archive names. Throws NoExport. */
async function directory(file: FileHandle, size: number): Promise<Entry[]> {
  const tail = await read(file, Math.max(0, size - TAIL), TAIL);
  if (tail.length < TAIL || tail.readUInt32LE(0) !== END_64)
    throw new NoExport('it is no export, or cut off');
  const [count, bytes, offset] = [32, 40, 48].map((at) => Number(tail.readBigUInt64LE(at))) as [
    number,
    number,
    number,
  ];
  if (bytes > MAX_DIRECTORY || offset + bytes > size) throw new NoExport('its directory is damaged');
  const list = await read(file, offset, bytes);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > list.length || list.readUInt32LE(at) !== CENTRAL)
      throw new NoExport('its directory is damaged');
    const [name, extra] = [list.readUInt16LE(at + 28), list.readUInt16LE(at + 30)];
    const more = at + 46 + name;
    if (extra < 28 || more + extra > list.length) throw new NoExport('its directory is damaged');
    entries.push({
      name: list.toString('latin1', at + 46, more),
      size: Number(list.readBigUInt64LE(more + 4)),
      offset: Number(list.readBigUInt64LE(more + 20)),
    });
    at = more + extra;
  }
  return entries;
}

/** Where the bytes of an entry begin. */
async function begin(file: FileHandle, { offset }: Entry): Promise<number> {
  const head = await read(file, offset, 30);
  if (head.length < 30) throw new NoExport('a file in it is cut off');
  return offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
}

async function whole(file: FileHandle, entry: Entry | undefined): Promise<Buffer> {
  if (!entry || entry.size > MAX_TEXT) throw new NoExport('it has no manifest');
  return read(file, await begin(file, entry), entry.size);
}

async function digest(file: FileHandle, entry: Entry): Promise<string> {
  const hash = createHash('sha256');
  const from = await begin(file, entry);
  for (let at = 0; at < entry.size; at += CHUNK)
    hash.update(await read(file, from + at, Math.min(CHUNK, entry.size - at)));
  return hash.digest('hex');
}

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
