import type { OnvifDevice, Profile } from './device.ts';
import { OnvifError } from './onvif-error.ts';
import { NS } from './soap/soap.ts';
import { all, at, type Element, escapeXml, text } from './soap/xml.ts';

/** -1 to 1: right, up, in are positive. What is absent does not move. */
export interface Velocity {
  readonly pan?: number | undefined;
  readonly tilt?: number | undefined;
  readonly zoom?: number | undefined;
}

export interface Preset {
  readonly token: string;
  readonly name: string;
}

export interface PtzAbilities {
  readonly panTilt: boolean;
  readonly zoom: boolean;
  readonly presets: boolean;
}

const MAX_PRESETS = 256;
const MAX_SECONDS = 60;

/** Moves one device (ONVIF PTZ 23.06). What it cannot do is refused before it is asked. */
export class Ptz {
  readonly abilities: PtzAbilities;
  readonly #device: OnvifDevice;
  readonly #url: string;
  readonly #profile: string;

  private constructor(device: OnvifDevice, url: string, profile: string, abilities: PtzAbilities) {
    this.#device = device;
    this.#url = url;
    this.#profile = profile;
    this.abilities = abilities;
  }

  /** @throws OnvifError `unsupported` where nothing moves. */
  static async open(device: OnvifDevice): Promise<Ptz> {
    const url = device.services.ptz;
    const profiles = await device.profiles();
    const profile: Profile | undefined = profiles.find(({ ptz }) => ptz);
    if (url === undefined || !profile) throw new OnvifError('unsupported', 'the camera does not move');
    const answer = await ask(device, url, 'GetNodes', '').catch(fromFault);
    const nodes = all(at(answer, 'GetNodesResponse'), 'PTZNode');
    const spaces = nodes.map((node) => at(node, 'SupportedPTZSpaces'));
    const has = (name: string) => spaces.some((space) => all(space, name).length > 0);
    // A device that describes nothing is believed to do all.
    const silent = nodes.length === 0;
    const abilities = {
      panTilt: silent || has('ContinuousPanTiltVelocitySpace'),
      zoom: silent || has('ContinuousZoomVelocitySpace'),
      presets: silent || nodes.some((node) => Number(text(node, 'MaximumNumberOfPresets') ?? 0) > 0),
    };
    return new Ptz(device, url, profile.token, abilities);
  }

  /** Moves for `seconds`, at most 60, or until stopped. @throws OnvifError. */
  async move({ pan, tilt, zoom }: Velocity, seconds: number): Promise<void> {
    const turns = pan !== undefined || tilt !== undefined;
    if (turns && !this.abilities.panTilt)
      throw new OnvifError('unsupported', 'the camera does not pan or tilt');
    if (zoom !== undefined && !this.abilities.zoom)
      throw new OnvifError('unsupported', 'the camera does not zoom');
    const [x, y, z] = [pan, tilt, zoom].map((value) => Math.max(-1, Math.min(1, value ?? 0)));
    const velocity = [
      turns ? `<PanTilt xmlns="${NS.schema}" x="${x}" y="${y}"/>` : '',
      zoom === undefined ? '' : `<Zoom xmlns="${NS.schema}" x="${z}"/>`,
    ].join('');
    const limit = Math.min(MAX_SECONDS, Math.max(0.1, seconds));
    const parameters = `<Velocity>${velocity}</Velocity><Timeout>PT${limit.toFixed(1)}S</Timeout>`;
    await this.#ask('ContinuousMove', parameters).catch(orMoved);
  }

  async stop(): Promise<void> {
    const { panTilt, zoom } = this.abilities;
    await this.#ask('Stop', `<PanTilt>${panTilt}</PanTilt><Zoom>${zoom}</Zoom>`).catch(orMoved);
  }

  async presets(): Promise<Preset[]> {
    if (!this.abilities.presets) return [];
    const body = await this.#ask('GetPresets', '');
    const found = all(at(body, 'GetPresetsResponse'), 'Preset').slice(0, MAX_PRESETS);
    return found.flatMap((node) => {
      const token = text(node, '@token');
      return token === undefined ? [] : [{ token, name: (text(node, 'Name') ?? token).slice(0, 100) }];
    });
  }

  async goTo(preset: string): Promise<void> {
    this.#assertPresets();
    await this.#ask('GotoPreset', tokenOf(preset)).catch(orMoved);
  }

  /** Keeps where it looks now; the token of what was kept. */
  async keep(name: string): Promise<string> {
    this.#assertPresets();
    const body = await this.#ask('SetPreset', `<PresetName>${escapeXml(name)}</PresetName>`);
    const token = text(body, 'SetPresetResponse', 'PresetToken');
    if (token === undefined) throw new OnvifError('failed', 'the device names no preset');
    return token;
  }

  async forget(preset: string): Promise<void> {
    this.#assertPresets();
    await this.#ask('RemovePreset', tokenOf(preset));
  }

  #assertPresets(): void {
    if (!this.abilities.presets) throw new OnvifError('unsupported', 'the camera keeps no presets');
  }

  #ask(operation: string, parameters: string): Promise<Element> {
    const profile = `<ProfileToken>${escapeXml(this.#profile)}</ProfileToken>`;
    return ask(this.#device, this.#url, operation, `${profile}${parameters}`);
  }
}

const tokenOf = (preset: string): string => `<PresetToken>${escapeXml(preset)}</PresetToken>`;

function ask(device: OnvifDevice, url: string, operation: string, parameters: string): Promise<Element> {
  const body = `<${operation} xmlns="${NS.ptz}">${parameters}</${operation}>`;
  return device.soap.call({ url, action: `${NS.ptz}/${operation}`, body });
}

/** Some devices move and answer with a fault of the receiver all the same, or with nothing that can be read. */
function orMoved(error: unknown): void {
  if (error instanceof OnvifError && /InvalidPosition|already|no reason given|HTTP 500/i.test(error.message))
    return;
  throw error;
}

function fromFault(error: unknown): undefined {
  if (error instanceof OnvifError && (error.fault === 'failed' || error.fault === 'unsupported'))
    return undefined;
  throw error;
}
