import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DECENT_PTZ, type DeviceWays } from './device-ways.ts';
import { ACCOUNT, envelope, fault, httpDigestFits, tokenDigest, tokenOf } from './envelope.ts';
import { Pulls } from './pulls.ts';

export { ACCOUNT } from './envelope.ts';

const NONCE = 'abc123';
/** Old tokens are replays. */
const WINDOW_MS = 5_000;
const PATHS = { media: '/onvif/media_service', ptz: '/onvif/ptz_service', events: '/onvif/event_service' };

/** An ONVIF device on loopback that does one of the things that real ones do. */
export class SyntheticDevice implements AsyncDisposable {
  /** Operations in the order they came, refused ones with `!` in front. */
  readonly asked: string[] = [];
  /** What moved it. */
  readonly moves: string[] = [];
  readonly presets = new Map([['1', 'gate']]);
  readonly pulls: Pulls;
  readonly #ways: DeviceWays;
  readonly #server: Server;

  private constructor(ways: DeviceWays) {
    this.#ways = ways;
    this.pulls = new Pulls(ways.events ?? {}, () => this.#utc());
    this.#server = createServer((request, response) => {
      void this.#take(request, response);
    });
  }

  static async start(ways: DeviceWays = {}): Promise<SyntheticDevice> {
    const device = new SyntheticDevice(ways);
    await new Promise<void>((resolve) => device.#server.listen(0, '127.0.0.1', resolve));
    return device;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pulls.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #utc(): number {
    return Date.now() + (this.#ways.clockAheadMs ?? 0);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = Buffer.concat(chunks).toString('utf8');
    const operation = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(message)?.[1] ?? '';
    const open = operation === 'GetSystemDateAndTime' && this.#ways.clockGuarded !== true;
    if (!open && !this.#isLetIn(request, message)) {
      this.asked.push(`!${operation}`);
      this.#refuse(response);
      return;
    }
    this.asked.push(operation);
    const answer = await this.#answer(operation, message, request.url ?? '');
    if (answer === undefined) response.destroy();
    else this.#reply(response, answer.startsWith('<env:Fault') ? 500 : 200, answer);
  }

  #reply(response: ServerResponse, status: number, body: string): void {
    const { prefix = 'tds', broken = false } = this.#ways;
    const named = body.replace(/(<\/?)tds:/g, prefix === '' ? '$1' : `$1${prefix}:`);
    const text = broken ? named.replace(/>([^<\s][^<]*)</g, '>\n\t  $1\r\n<') : named;
    response.writeHead(status, { 'content-type': 'application/soap+xml' }).end(envelope(prefix, text));
  }

  #refuse(response: ServerResponse): void {
    if (this.#ways.auth === 'http') {
      const challenge = `Digest realm="onvif", qop="auth", nonce="${NONCE}", algorithm=MD5`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else this.#reply(response, 400, fault('ter:NotAuthorized', 'Sender not authorized'));
  }

  #isLetIn(request: IncomingMessage, message: string): boolean {
    const { auth = 'digest' } = this.#ways;
    if (auth === 'none') return true;
    const token = tokenOf(message);
    if (auth === 'http') return !token && httpDigestFits(request.headers.authorization ?? '', 'POST', NONCE);
    if (!token || token.username !== ACCOUNT.username || token.hashed !== (auth === 'digest')) return false;
    if (!token.hashed) return token.password === ACCOUNT.password;
    const age = Math.abs(this.#utc() - Date.parse(token.created));
    return age < WINDOW_MS && token.password === tokenDigest(token);
  }

  async #answer(operation: string, message: string, path: string): Promise<string | undefined> {
    const { mediaPath } = this.#ways;
    const media = ['GetProfiles', 'GetStreamUri'].includes(operation);
    if (mediaPath !== undefined && media !== (path === mediaPath) && (media || path === mediaPath)) {
      return fault('ter:ActionNotSupported', 'not at this address');
    }
    const event = await this.pulls.answer(operation, message, `${this.#origin()}${PATHS.events}`);
    if (event !== 'not mine') return event;
    return (
      this.#device(operation) ??
      this.#ptz(operation, message) ??
      fault('ter:ActionNotSupported', 'no such operation')
    );
  }

  #origin(): string {
    return this.#ways.inner ? 'http://10.11.12.13:8888' : `http://127.0.0.1:${this.port}`;
  }

  #device(operation: string): string | undefined {
    const { old, mediaPath = PATHS.media } = this.#ways;
    const answers: Readonly<Record<string, () => string>> = {
      GetSystemDateAndTime: () => this.#clock(),
      GetServices: () =>
        old
          ? fault('ter:ActionNotSupported', 'too new for me')
          : this.#services({ ...PATHS, media: mediaPath }),
      GetCapabilities: () => this.#capabilities({ ...PATHS, media: mediaPath }),
      GetDeviceInformation: () =>
        wrap(
          'GetDeviceInformation',
          '<tds:Manufacturer>ACME</tds:Manufacturer><tds:Model>Eye 2</tds:Model><tds:FirmwareVersion>1.2</tds:FirmwareVersion><tds:SerialNumber>007</tds:SerialNumber>',
        ),
      GetProfiles: () => this.#profiles(),
      GetStreamUri: () =>
        wrap(
          'GetStreamUri',
          '<tds:MediaUri><tt:Uri>rtsp://10.11.12.13:554/live?channel=1&amp;sub=0</tt:Uri></tds:MediaUri>',
        ),
    };
    return Object.hasOwn(answers, operation) ? answers[operation]!() : undefined;
  }

  #clock(): string {
    const { localHours = 0 } = this.#ways;
    const shown = new Date(this.#utc() + localHours * 3_600_000);
    const time = `<tt:Hour>${shown.getUTCHours()}</tt:Hour><tt:Minute>${shown.getUTCMinutes()}</tt:Minute><tt:Second>${shown.getUTCSeconds()}</tt:Second>`;
    const date = `<tt:Year>${shown.getUTCFullYear()}</tt:Year><tt:Month>${shown.getUTCMonth() + 1}</tt:Month><tt:Day>${shown.getUTCDate()}</tt:Day>`;
    const utc = `<tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime>`;
    return wrap('GetSystemDateAndTime', `<tds:SystemDateAndTime>${utc}</tds:SystemDateAndTime>`);
  }

  #services(paths: typeof PATHS): string {
    const service = (namespace: string, path: string) =>
      `<tds:Service><tds:Namespace>http://www.onvif.org/${namespace}</tds:Namespace><tds:XAddr>${this.#origin()}${path}</tds:XAddr></tds:Service>`;
    const moves = this.#ways.ptz === 'none' ? '' : service('ver20/ptz/wsdl', paths.ptz);
    const rest = service('ver10/media/wsdl', paths.media) + service('ver10/events/wsdl', paths.events);
    return wrap('GetServices', rest + moves);
  }

  #capabilities(paths: typeof PATHS): string {
    const one = (name: string, path: string) =>
      `<tt:${name}><tt:XAddr>${this.#origin()}${path}</tt:XAddr></tt:${name}>`;
    const list = one('Events', paths.events) + one('Media', paths.media) + one('PTZ', paths.ptz);
    return wrap('GetCapabilities', `<tds:Capabilities>${list}</tds:Capabilities>`);
  }

  #profiles(): string {
    const video =
      '<tt:VideoEncoderConfiguration token="v"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration>';
    const audio =
      '<tt:AudioEncoderConfiguration token="a"><tt:Encoding>AAC</tt:Encoding></tt:AudioEncoderConfiguration>';
    const ptz =
      this.#ways.ptz === 'none'
        ? ''
        : '<tt:PTZConfiguration token="p"><tt:Name>p</tt:Name></tt:PTZConfiguration>';
    return wrap(
      'GetProfiles',
      `<tds:Profiles token="main" fixed="true"><tt:Name>Main</tt:Name>${video}${audio}${ptz}</tds:Profiles>`,
    );
  }

  #ptz(operation: string, message: string): string | undefined {
    const { ptz = DECENT_PTZ, faultAfterMove } = this.#ways;
    if (ptz === 'none') return undefined;
    if (operation === 'GetNodes') {
      const spaces = `${ptz.panTilt ? '<tt:ContinuousPanTiltVelocitySpace><tt:URI>x</tt:URI></tt:ContinuousPanTiltVelocitySpace>' : ''}${ptz.zoom ? '<tt:ContinuousZoomVelocitySpace><tt:URI>z</tt:URI></tt:ContinuousZoomVelocitySpace>' : ''}`;
      return wrap(
        'GetNodes',
        `<tds:PTZNode token="n"><tt:SupportedPTZSpaces>${spaces}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>${ptz.presets}</tt:MaximumNumberOfPresets></tds:PTZNode>`,
      );
    }
    if (operation === 'GetPresets') {
      const list = [...this.presets].map(
        ([token, name]) => `<tds:Preset token="${token}"><tt:Name>${name}</tt:Name></tds:Preset>`,
      );
      return wrap('GetPresets', list.join(''));
    }
    if (operation === 'SetPreset') {
      const token = String(this.presets.size + 1);
      this.presets.set(token, /<PresetName>([^<]*)</.exec(message)?.[1] ?? '');
      return wrap('SetPreset', `<tds:PresetToken>${token}</tds:PresetToken>`);
    }
    return this.#moved(operation, message, faultAfterMove === true);
  }

  #moved(operation: string, message: string, faulty: boolean): string | undefined {
    const preset = /<PresetToken>([^<]*)</.exec(message)?.[1];
    if (operation === 'RemovePreset') {
      this.presets.delete(preset ?? '');
      return wrap(operation, '');
    }
    if (operation === 'ContinuousMove') {
      const [, x, y] = /<PanTilt [^>]*x="([^"]*)" y="([^"]*)"/.exec(message) ?? [];
      const z = /<Zoom [^>]*x="([^"]*)"/.exec(message)?.[1];
      const limit = /<Timeout>([^<]*)</.exec(message)?.[1];
      this.moves.push(`pan ${x} tilt ${y} zoom ${z} for ${limit}`);
    } else if (operation === 'Stop') this.moves.push('stop');
    else if (operation === 'GotoPreset') this.moves.push(`preset ${preset}`);
    else return undefined;
    return faulty ? fault('', '') : wrap(operation, '');
  }
}

function wrap(operation: string, body: string): string {
  return `<tds:${operation}Response>${body}</tds:${operation}Response>`;
}
