import type { CameraHttp, Clock } from '../../kernel/index.ts';
import { DomainError, invalid } from '../../kernel/index.ts';
import { type DeviceInformation, OnvifDevice, type Profile } from './device.ts';
import type { DeviceEvents } from './device-events.ts';
import { discover, type FoundDevice } from './discovery.ts';
import { OnvifError } from './onvif-error.ts';
import type { Place, PlaceSettings, Places } from './places.ts';
import { Ptz } from './ptz.ts';

export interface Described extends DeviceInformation {
  /** Seconds. */
  readonly clockSkew: number;
  readonly account: OnvifDevice['manner'];
  readonly profiles: readonly (Profile & { readonly url: string | undefined })[];
  readonly ptz: boolean;
  readonly events: boolean;
}

interface Options {
  readonly clock: Clock;
  readonly http: CameraHttp;
  readonly places: Places;
  readonly events: Pick<DeviceEvents, 'converge'>;
}

/** What was found out about a camera is kept this long: a move should not ask five questions first. */
const KEPT_MS = 60_000;
const MAX_KEPT = 200;

interface Kept {
  /** The place, as text. */
  readonly at: string;
  readonly until: number;
  readonly ptz: Ptz;
}

/** ONVIF devices: who is there, what they are, and how they move. Every error is of the product's table. */
export class Devices {
  readonly places: Places;
  readonly #options: Options;
  readonly #kept = new Map<string, Kept>();

  constructor(options: Options) {
    this.#options = options;
    this.places = options.places;
  }

  /** Throws STREAM_NOT_FOUND. */
  async setPlace(streamId: string, wanted: PlaceSettings): Promise<PlaceSettings> {
    const settings = await this.places.set(streamId, wanted);
    await this.#options.events.converge();
    return settings;
  }

  /** Throws STREAM_NOT_FOUND. */
  async unsetPlace(streamId: string): Promise<void> {
    await this.places.unset(streamId);
    await this.#options.events.converge();
  }

  /** Throws INVALID_CONFIGURATION for an interface that is not there. */
  async discover(timeoutMs: number, interfaceAddress: string | undefined): Promise<FoundDevice[]> {
    try {
      return await discover({ clock: this.#options.clock, timeoutMs, interfaceAddress });
    } catch (error) {
      throw error instanceof OnvifError ? invalid('interface', error.message) : error;
    }
  }

  /** Throws INVALID_CONFIGURATION for a place that may not be reached, CAMERA_UNREACHABLE for one that does not answer. */
  async describe(place: Place): Promise<Described> {
    return asked('host', async () => {
      const device = await this.#connect(place);
      const information = await device.information();
      const { services, clockOffset, manner } = device;
      const profiles: (Profile & { url: string | undefined })[] = [];
      for (const profile of await device.profiles()) {
        profiles.push({ ...profile, url: await urlOf(device, profile, place) });
      }
      const ptz = services.ptz !== undefined && profiles.some((profile) => profile.ptz);
      const events = services.events !== undefined;
      return { ...information, clockSkew: clockOffset, account: manner, profiles, ptz, events };
    });
  }

  /** Does something with a stream's camera. Throws CAMERA_CANNOT for what it cannot do. */
  async withPtz<T>(streamId: string, task: (ptz: Ptz) => Promise<T>): Promise<T> {
    const place = await this.places.place(streamId);
    return asked('host', async () => {
      try {
        return await task(await this.#ptz(streamId, place));
      } catch (error) {
        // What was kept may be out of date: after a restart a camera has other addresses.
        this.#kept.delete(streamId);
        throw error;
      }
    });
  }

  async #ptz(streamId: string, place: Place): Promise<Ptz> {
    const { clock } = this.#options;
    const at = JSON.stringify(place);
    const kept = this.#kept.get(streamId);
    if (kept?.at === at && clock.monotonic() < kept.until) return kept.ptz;
    const ptz = await Ptz.open(await this.#connect(place));
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(streamId, { at, until: clock.monotonic() + KEPT_MS, ptz });
    return ptz;
  }

  #connect(place: Place): Promise<OnvifDevice> {
    const { http, clock } = this.#options;
    return OnvifDevice.connect({ ...place, http, now: () => clock.utc() });
  }
}

/** The device's stream address at the host that was asked: many write an inner one. */
async function urlOf(device: OnvifDevice, { token }: Profile, { host }: Place): Promise<string | undefined> {
  const said = await device.streamUri(token).catch((error: unknown) => {
    if (error instanceof OnvifError && error.fault !== 'unauthorized') return undefined;
    throw error;
  });
  const match = /^(rtsps?:\/\/)(?:[^/@]*@)?(\[[^\]]*\]|[^/:?]*)(.*)$/i.exec(said ?? '');
  if (!match) return undefined;
  return `${match[1]}${host.includes(':') ? `[${host}]` : host}${match[3]}`;
}

async function asked<T>(field: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OnvifError)) throw error;
    const { fault, message } = error;
    if (fault === 'denied') throw invalid(field, message);
    if (fault === 'unsupported') throw new DomainError('CAMERA_CANNOT', message);
    throw new DomainError('CAMERA_UNREACHABLE', message, { fault });
  }
}
