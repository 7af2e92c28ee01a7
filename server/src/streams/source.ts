import { randomBytes } from 'node:crypto';
import { PUBLISHED } from '@nightjar/contract/link';
import { parseSourceUrl, redactUrls, type SourceUrl } from '@nightjar/contract/outbound';
import { type CameraTargets, invalid, type Vault } from '../kernel/index.ts';
import type { SealedSource } from './stream.ts';

/** A camera's address in clear; only the link to the engine ever sees it. */
export interface ClearSource {
  /** Without a user part. */
  url: string;
  username?: string;
  password?: string;
  /** Who shows it may push this stream; only with the URL `publish:`. */
  publishKey?: string;
}

const FIELD = 'source_url';
const HIDDEN = '***';
const FILE = /^file:/i;
/** Of a publish key: nobody guesses 144 bits. */
const KEY_BYTES = 18;

const contextOf = (id: string): string => `source:${id}`;

function clearOf({ url, username, password }: SourceUrl): ClearSource {
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function shownOf({ url, username, password }: ClearSource): string {
  const hidden = username === undefined && password === undefined ? '' : `${HIDDEN}:${HIDDEN}@`;
  return redactUrls(url.replace('://', `://${hidden}`));
}

/** Seals what a client wrote and reads it back for the link. */
export interface Sources {
  /** Checks a new URL that is not kept; `***` in it is an error, and so is that of a publisher. */
  read(text: string): Promise<ClearSource>;
  /** Checks a new URL; `***` in it is an error. */
  seal(id: string, text: string): Promise<SealedSource>;
  /**
   * The same for a URL that may be the shown one: unchanged it stays as it is, and `***:***` keeps the
   * stored credentials as long as host and port are the same.
   */
  reseal(id: string, text: string, current: SealedSource): Promise<SealedSource>;
  open(id: string, source: SealedSource): ClearSource;
  /** Whether both are one camera: a certificate of one says nothing of another. */
  sameCamera(id: string, a: SealedSource, b: SealedSource): boolean;
  /** A pushed stream with another key than before. Throws INVALID_CONFIGURATION for one that is pulled. */
  withNewKey(id: string, current: SealedSource): SealedSource;
}

/** `file:NAME` as it is kept. Whether there is such a file is the engine's to see. */
function fileUrl(text: string, files: string | null): string {
  if (files === null) throw invalid(FIELD, 'files are no sources here; see network.files_path');
  if (!/^file:[\x21-\x7e]{1,1024}$/i.test(text)) throw invalid(FIELD, 'a file is named as in file:film.mp4');
  return text;
}

interface Options {
  vault: Vault;
  targets: CameraTargets;
  /** Folder whose files may be sources. */
  files: () => string | null;
}

export function createSources({ vault, targets, files }: Options): Sources {
  const pack = (id: string, clear: ClearSource): SealedSource => ({
    shown: shownOf(clear),
    sealed: vault.seal(JSON.stringify(clear), contextOf(id)),
  });
  const open = (id: string, source: SealedSource): ClearSource =>
    JSON.parse(vault.open(source.sealed, contextOf(id))) as ClearSource;
  const published = (id: string): SealedSource =>
    pack(id, { url: PUBLISHED, publishKey: randomBytes(KEY_BYTES).toString('base64url') });
  const refuseHidden = (url: string): void => {
    if (url.includes(HIDDEN)) throw invalid(FIELD, `write the secret itself where the URL has ${HIDDEN}`);
  };

  const placeOf = (id: string, source: SealedSource): string => {
    const parsed = parseSourceUrl(open(id, source).url);
    return parsed.ok ? `${parsed.source.protocol} ${parsed.source.host} ${parsed.source.port}` : source.shown;
  };

  const read = async (text: string): Promise<ClearSource> => {
    if (FILE.test(text)) return { url: fileUrl(text, files()) };
    const source = await targets.check(text, FIELD);
    if (source.username === HIDDEN || source.password === HIDDEN) refuseHidden(HIDDEN);
    refuseHidden(source.url);
    return clearOf(source);
  };

  return {
    open,
    read,
    sameCamera: (id, a, b) => placeOf(id, a) === placeOf(id, b),
    withNewKey(id, current) {
      if (current.shown === PUBLISHED) return published(id);
      throw invalid(FIELD, `only a stream whose source is ${PUBLISHED} has a publish key`);
    },
    async seal(id, text) {
      return text === PUBLISHED ? published(id) : pack(id, await read(text));
    },
    async reseal(id, text, current) {
      if (text === current.shown) return current;
      if (text === PUBLISHED) return published(id);
      if (FILE.test(text)) return pack(id, { url: fileUrl(text, files()) });
      const source = await targets.check(text, FIELD);
      refuseHidden(source.url);
      if (source.username !== HIDDEN && source.password !== HIDDEN) return pack(id, clearOf(source));
      if (current.shown === PUBLISHED || FILE.test(current.shown)) refuseHidden(HIDDEN);
      const stored = open(id, current);
      const before = await targets.check(stored.url, FIELD);
      if (before.host !== source.host || before.port !== source.port) {
        throw invalid(FIELD, 'credentials never follow to another host; write them again');
      }
      return pack(id, { ...stored, url: source.url });
    },
  };
}
