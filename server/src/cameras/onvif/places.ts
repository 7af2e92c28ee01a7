import type { Database } from '../../database/index.ts';
import { type Clock, DomainError, isoNow, type Vault } from '../../kernel/index.ts';
import type { DeviceOptions } from './device.ts';
import { deviceStore } from './device-store.ts';

/** How a device is reached. */
export type Place = Pick<DeviceOptions, 'host' | 'port' | 'path' | 'secure' | 'account'>;

/** A camera's address in clear. */
export interface Source {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** What somebody set; the rest is the source's. */
export interface PlaceSettings {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly secure: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Its events are pulled. */
  readonly events: boolean;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  /** Throws STREAM_NOT_FOUND. */
  readonly sourceOf: (streamId: string) => Promise<Source>;
}

const UNSET: PlaceSettings = { secure: false, events: false };
const contextOf = (streamId: string): string => `device:${streamId}`;

/** Where the devices of streams are: what was set, else the host and the login of the source. */
export class Places {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws STREAM_NOT_FOUND. */
  async settings(streamId: string): Promise<PlaceSettings> {
    const { database, vault, sourceOf } = this.#options;
    await sourceOf(streamId);
    const stored = await deviceStore.find(database.sql, streamId);
    if (!stored) return UNSET;
    const opened = JSON.parse(vault.open(stored.sealed, contextOf(streamId))) as PlaceSettings;
    return { ...opened, events: stored.listens };
  }

  /** An account that is left out stays as it is at the same host. Throws STREAM_NOT_FOUND, CAMERA_CANNOT. */
  async set(streamId: string, wanted: PlaceSettings): Promise<PlaceSettings> {
    const { database, vault, clock, sourceOf } = this.#options;
    const before = await this.settings(streamId);
    if (wanted.events && (wanted.host ?? hostOf(await sourceOf(streamId))) === undefined) throw noCamera();
    const keeps = wanted.username === undefined && wanted.host === before.host;
    const { username, password } = keeps ? before : wanted;
    const settings = { ...wanted, username, password };
    const sealed = vault.seal(JSON.stringify(settings), contextOf(streamId));
    await deviceStore.put(database.sql, { streamId, sealed, listens: wanted.events }, isoNow(clock));
    return settings;
  }

  async unset(streamId: string): Promise<void> {
    await this.settings(streamId);
    await deviceStore.remove(this.#options.database.sql, streamId);
  }

  /** Throws STREAM_NOT_FOUND, CAMERA_CANNOT for a stream that no camera is behind. */
  async place(streamId: string): Promise<Place> {
    const source = await this.#options.sourceOf(streamId);
    const { host, port, path, secure, username, password } = await this.settings(streamId);
    const at = host ?? hostOf(source);
    // A login never follows to another host.
    const own = at === hostOf(source) && source.username !== undefined;
    const inherited = own ? { username: source.username!, password: source.password ?? '' } : undefined;
    const account = username === undefined ? inherited : { username, password: password ?? '' };
    if (at === undefined) throw noCamera();
    return { host: at, port, path, secure, account };
  }

  /** Streams whose events are pulled, with what would make it another subscription; those with a camera alone. */
  async listening(): Promise<{ streamId: string; key: string }[]> {
    const stored = await deviceStore.listening(this.#options.database.sql);
    const found = await Promise.all(stored.map(({ streamId }) => this.#keyed(streamId)));
    return found.filter((each) => each !== undefined);
  }

  async #keyed(streamId: string): Promise<{ streamId: string; key: string } | undefined> {
    try {
      return { streamId, key: JSON.stringify(await this.place(streamId)) };
    } catch (error) {
      // Its source is pushed now, or it has just been removed: nothing is there to listen to.
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }
}

const noCamera = (): DomainError => new DomainError('CAMERA_CANNOT', 'the stream has no camera');

function hostOf({ url }: Source): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : '';
  return host === '' ? undefined : host;
}
