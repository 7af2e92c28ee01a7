/** A file in an archive. */
export interface TarFile {
  name: string;
  content: Buffer;
}

const BLOCK = 512;
/** POSIX.1-1988 ustar: offset and length of the fields that are written and read. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
const MAGIC = 'ustar\u000000';
const MAX_FILES = 16;

/** An archive that is not one of ours; the message is for people and quotes nothing of it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** Sum of all bytes, those of the sum itself counted as spaces. */
function checksum(header: Buffer): number {
  const [start, length] = FIELD.checksum;
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) {
    sum += at >= start && at < start + length ? 0x20 : (header[at] ?? 0);
  }
  return sum;
}

function headerOf({ name, content }: TarFile, mtime: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (field: keyof typeof FIELD, text: string): void => {
    header.write(text, FIELD[field][0], 'latin1');
  };
  put('name', name);
  put('mode', octal(0o600, 8));
  put('size', octal(content.length, 12));
  put('mtime', octal(mtime, 12));
  put('type', '0');
  put('magic', MAGIC);
  put('checksum', octal(checksum(header), 8));
  return header;
}

/** A tar of plain files; `mtime` is Unix seconds. Names are short ASCII paths. */
export function packTar(files: readonly TarFile[], mtime: number): Buffer {
  const parts = files.flatMap((file) => {
    const padding = Buffer.alloc((BLOCK - (file.content.length % BLOCK)) % BLOCK);
    return [headerOf(file, mtime), file.content, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function text(header: Buffer, field: keyof typeof FIELD): string {
  const [start, length] = FIELD[field];
  const raw = header.toString('latin1', start, start + length);
  const end = raw.indexOf('\0');
  return end === -1 ? raw : raw.slice(0, end);
}

function number(header: Buffer, field: 'size' | 'checksum'): number {
  const digits = text(header, field).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw new ArchiveError('a header of the archive is broken');
  return Number.parseInt(digits, 8);
}

function readHeader(header: Buffer): { name: string; size: number } {
  if (number(header, 'checksum') !== checksum(header)) {
    throw new ArchiveError('a header of the archive is broken');
  }
  const magic = text(header, 'magic');
  if (!magic.startsWith('ustar')) throw new ArchiveError('the archive is of another format');
  if (text(header, 'type') !== '0')
    throw new ArchiveError('the archive holds something that is no plain file');
  if (text(header, 'prefix') !== '') throw new ArchiveError('a name in the archive is too long');
  return { name: text(header, 'name'), size: number(header, 'size') };
}

/**
 * The files of a tar whose names are all among `known`, each once. Nothing is written anywhere. Throws
 * `ArchiveError` for links, devices, extensions, other names, and for what stands behind the end.
 */
export function unpackTar(archive: Buffer, known: ReadonlySet<string>): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  for (;;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw new ArchiveError('the archive is cut off');
    if (header.every((byte) => byte === 0)) break;
    const { name, size } = readHeader(header);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw new ArchiveError('the archive is cut off');
    if (!known.has(name) || files.has(name) || files.size === MAX_FILES) {
      throw new ArchiveError('the archive holds a file that does not belong there');
    }
    files.set(name, content);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (archive.subarray(at).some((byte) => byte !== 0)) {
    throw new ArchiveError('something stands behind the end of the archive');
  }
  return files;
}
