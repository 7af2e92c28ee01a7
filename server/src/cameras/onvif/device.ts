import type { CameraHttp } from '../../kernel/index.ts';
import type { Account, Manner } from './account.ts';
import { OnvifError } from './onvif-error.ts';
import { NS, Soap } from './soap/soap.ts';
import { all, at, type Element, type Node, number, text } from './soap/xml.ts';

export interface DeviceOptions {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  /** Those that are usual, one after the other, when absent. */
  readonly port?: number | undefined;
  /** Of the device service; the usual one when absent. */
  readonly path?: string | undefined;
  readonly secure?: boolean | undefined;
  readonly account?: Account | undefined;
  readonly http: CameraHttp;
  /** UTC in milliseconds. */
  readonly now: () => number;
  /** For each question; 5000 when absent. */
  readonly timeoutMs?: number;
}

export interface DeviceInformation {
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly serial: string;
}

export interface Profile {
  readonly token: string;
  readonly name: string;
  /** As the device writes it: `H264`, `H265`, `JPEG`; undefined without video. */
  readonly encoding: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly frameRate: number | undefined;
  /** Bit/s. */
  readonly bitrate: number | undefined;
  readonly audio: string | undefined;
  /** It has a PTZ configuration. */
  readonly ptz: boolean;
}

/** Addresses of the services a device has, at the host that was dialled. */
export interface Services {
  readonly device: string;
  readonly media: string | undefined;
  readonly ptz: string | undefined;
  readonly events: string | undefined;
}

/** Where ONVIF is found, the most frequent first (Tapo 2020, Reolink 8000, others 8899). */
export const USUAL_PORTS = [80, 8000, 2020, 8899, 8080] as const;
const PATH = '/onvif/device_service';
const TIMEOUT_MS = 5000;
/** A clock that is off by less is taken as right: the answer itself takes time. */
const CLOCK_NOISE_MS = 1000;

/** One ONVIF device (Core 23.06), asked over SOAP. */
export class OnvifDevice {
  readonly soap: Soap;
  readonly services: Services;

  private constructor(soap: Soap, services: Services) {
    this.soap = soap;
    this.services = services;
  }

  /**
   * Finds the device's services. Its clock is read first, without the account, so that what is shown later is made
   * in its time. @throws OnvifError.
   */
  static async connect(options: DeviceOptions): Promise<OnvifDevice> {
    const ports = options.port === undefined ? USUAL_PORTS : [options.port];
    let last: unknown;
    for (const port of ports) {
      try {
        return await OnvifDevice.#at(options, port);
      } catch (error) {
        if (!(error instanceof OnvifError) || !ELSEWHERE.has(error.fault)) throw error;
        last ??= error;
      }
    }
    throw last;
  }

  static async #at(options: DeviceOptions, port: number): Promise<OnvifDevice> {
    const { http, account, now, timeoutMs = TIMEOUT_MS, path = PATH, secure = false } = options;
    const soap = new Soap({ http, account, now, timeoutMs });
    const host = options.host.includes(':') ? `[${options.host}]` : options.host;
    const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
    await readClock(soap, url, now);
    return new OnvifDevice(soap, await findServices(soap, url));
  }

  /** Seconds that the device's clock is ahead of ours. */
  get clockOffset(): number {
    return this.soap.clockOffset / 1000;
  }

  /** How the account is shown; `anonymous` for a device that asks for none. */
  get manner(): Manner {
    return this.soap.manner ?? 'anonymous';
  }

  async information(): Promise<DeviceInformation> {
    const body = await this.#ask('device', 'GetDeviceInformation');
    const answer = at(body, 'GetDeviceInformationResponse');
    const field = (name: string) => (text(answer, name) ?? '').slice(0, 200);
    return {
      manufacturer: field('Manufacturer'),
      model: field('Model'),
      firmware: field('FirmwareVersion'),
      serial: field('SerialNumber'),
    };
  }

  async profiles(): Promise<Profile[]> {
    const body = await this.#ask('media', 'GetProfiles');
    return all(at(body, 'GetProfilesResponse'), 'Profiles').slice(0, MAX_PROFILES).flatMap(profileOf);
  }

  /** The RTSP address of a profile as the device writes it, which may name an inner host. */
  async streamUri(profile: string): Promise<string> {
    const setup = [
      `<StreamSetup><Stream xmlns="${NS.schema}">RTP-Unicast</Stream>`,
      `<Transport xmlns="${NS.schema}"><Protocol>RTSP</Protocol></Transport></StreamSetup>`,
    ].join('');
    const body = await this.#ask('media', 'GetStreamUri', `${setup}${token(profile)}`);
    const uri = text(body, 'GetStreamUriResponse', 'MediaUri', 'Uri');
    if (uri === undefined) throw new OnvifError('failed', 'the device names no stream address');
    // Some break the address over lines.
    return uri.replace(/\s+/g, '').slice(0, 2048);
  }

  /** One operation of a service, its parameters as XML. @throws OnvifError `unsupported` without that service. */
  #ask(service: 'device' | 'media', operation: string, parameters = ''): Promise<Element> {
    const url = this.services[service];
    if (url === undefined) throw new OnvifError('unsupported', `the device has no ${service} service`);
    const namespace = NS[service];
    const body = `<${operation} xmlns="${namespace}">${parameters}</${operation}>`;
    return this.soap.call({ url, action: `${namespace}/${operation}`, body });
  }
}

const MAX_PROFILES = 64;
/** What another port may do better. */
const ELSEWHERE = new Set(['unreachable', 'timeout', 'not_onvif', 'denied']);

const token = (profile: string): string => `<ProfileToken>${profile.replace(/[<>&]/g, '')}</ProfileToken>`;

async function readClock(soap: Soap, url: string, now: () => number): Promise<void> {
  const asked = now();
  const body = await soap.callAnonymously({
    url,
    action: `${NS.device}/GetSystemDateAndTime`,
    body: `<GetSystemDateAndTime xmlns="${NS.device}"/>`,
  });
  const clock = at(body, 'GetSystemDateAndTimeResponse', 'SystemDateAndTime');
  if (!clock) throw new OnvifError('not_onvif', 'the device does not tell its time');
  const theirs = timeOf(at(clock, 'UTCDateTime')) ?? timeOf(at(clock, 'LocalDateTime'));
  const offset = theirs === undefined ? 0 : theirs - (asked + now()) / 2;
  soap.clockOffset = Math.abs(offset) < CLOCK_NOISE_MS ? 0 : offset;
}

function timeOf(stamp: Element | undefined): number | undefined {
  const [year, month, day] = ['Year', 'Month', 'Day'].map((name) => number(stamp, 'Date', name));
  const [hour, minute, second] = ['Hour', 'Minute', 'Second'].map((name) => number(stamp, 'Time', name));
  if (year === undefined || month === undefined || day === undefined || hour === undefined) return undefined;
  const time = Date.UTC(year, month - 1, day, hour, minute ?? 0, second ?? 0);
  return Number.isFinite(time) ? time : undefined;
}

/** GetServices, or GetCapabilities of older devices; a device that tells neither has all at one address. */
async function findServices(soap: Soap, device: string): Promise<Services> {
  const found = (await listServices(soap, device)) ?? (await listCapabilities(soap, device)) ?? [];
  const of = (match: RegExp): string | undefined => {
    const address = found.find(({ name }) => match.test(name))?.address;
    return address === undefined ? undefined : dialled(address, device);
  };
  return {
    device,
    media: of(/\/ver10\/media\/|^Media$/i) ?? (found.length === 0 ? device : undefined),
    ptz: of(/\/ptz\/|^PTZ$/i),
    events: of(/\/events\/|^Events$/i),
  };
}

type Named = { readonly name: string; readonly address: string };

async function listServices(soap: Soap, url: string): Promise<Named[] | undefined> {
  const parameters = '<IncludeCapability>false</IncludeCapability>';
  const body = `<GetServices xmlns="${NS.device}">${parameters}</GetServices>`;
  const answer = await orNothing(soap.call({ url, action: `${NS.device}/GetServices`, body }));
  const services = all(at(answer, 'GetServicesResponse'), 'Service').flatMap((service) => {
    const [name, address] = [text(service, 'Namespace'), text(service, 'XAddr')];
    return name && address ? [{ name, address }] : [];
  });
  return services.length > 0 ? services : undefined;
}

async function listCapabilities(soap: Soap, url: string): Promise<Named[] | undefined> {
  const body = `<GetCapabilities xmlns="${NS.device}"><Category>All</Category></GetCapabilities>`;
  const answer = await orNothing(soap.call({ url, action: `${NS.device}/GetCapabilities`, body }));
  const capabilities = at(answer, 'GetCapabilitiesResponse', 'Capabilities');
  const services = ['Media', 'PTZ', 'Events'].flatMap((name) => {
    const address = text(capabilities, name, 'XAddr');
    return address ? [{ name, address }] : [];
  });
  return services.length > 0 ? services : undefined;
}

/** What a device refuses to tell it may still have; a refused account it does not forgive. */
async function orNothing(asking: Promise<Element>): Promise<Element | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof OnvifError && (error.fault === 'failed' || error.fault === 'unsupported'))
      return undefined;
    throw error;
  }
}

/** Devices name inner addresses and wrong ports: only the path of what they say is used. */
export function dialled(address: string, device: string): string {
  const base = new URL(device);
  const compact = address.replace(/\s+/g, '');
  const said = URL.canParse(compact, device) ? new URL(compact, device) : base;
  base.pathname = said.pathname;
  base.search = said.search;
  return base.href;
}

function profileOf(node: Node): Profile[] {
  const own = text(node, '@token');
  if (own === undefined) return [];
  const video = at(node, 'VideoEncoderConfiguration');
  const kilobits = number(video, 'RateControl', 'BitrateLimit');
  return [
    {
      token: own.slice(0, 100),
      name: (text(node, 'Name') ?? own).slice(0, 100),
      encoding: text(video, 'Encoding'),
      width: number(video, 'Resolution', 'Width'),
      height: number(video, 'Resolution', 'Height'),
      frameRate: number(video, 'RateControl', 'FrameRateLimit'),
      bitrate: kilobits === undefined ? undefined : kilobits * 1000,
      audio: text(node, 'AudioEncoderConfiguration', 'Encoding'),
      ptz: at(node, 'PTZConfiguration') !== undefined,
    },
  ];
}
