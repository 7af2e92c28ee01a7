import { randomBytes } from 'node:crypto';
import {
  type CameraHttp,
  type CameraHttpAnswer,
  CameraHttpError,
  type CameraHttpRequest,
} from '../../../kernel/index.ts';
import { type Account, httpAuthorization, type Manner, securityHeader } from '../account.ts';
import { OnvifError } from '../onvif-error.ts';
import { at, type Element, text } from './xml.ts';

export const NS = {
  device: 'http://www.onvif.org/ver10/device/wsdl',
  media: 'http://www.onvif.org/ver10/media/wsdl',
  ptz: 'http://www.onvif.org/ver20/ptz/wsdl',
  events: 'http://www.onvif.org/ver10/events/wsdl',
  schema: 'http://www.onvif.org/ver10/schema',
  notify: 'http://docs.oasis-open.org/wsn/b-2',
  addressing: 'http://www.w3.org/2005/08/addressing',
} as const;

export interface SoapOptions {
  readonly http: CameraHttp;
  readonly account: Account | undefined;
  /** UTC in milliseconds, ours. */
  readonly now: () => number;
  readonly timeoutMs: number;
}

/** One call: `body` is the whole element, `action` its SOAP action. */
export interface Call {
  readonly url: string;
  readonly action: string;
  readonly body: string;
  /** More header elements. */
  readonly header?: string;
  readonly timeoutMs?: number;
  /** Aborting rejects with an OnvifError `timeout`. */
  readonly signal?: AbortSignal;
}

const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';
export interface SoapAnswer {
  readonly body: Element;
  readonly text: string;
}

/** One way to show the account, and whether in the device's time or in ours. */
interface Way {
  readonly manner: Manner;
  readonly ownTime: boolean;
}

/** In the order in which they are tried; what worked is remembered. A device may tell another time than it counts. */
const WAYS: readonly Way[] = [
  { manner: 'digest', ownTime: false },
  { manner: 'digest', ownTime: true },
  { manner: 'http', ownTime: false },
  { manner: 'text', ownTime: false },
];
const ANONYMOUS: Way = { manner: 'anonymous', ownTime: false };

/** Speaks SOAP 1.2 with one device: shows the account as the device wants it, in the device's own time. */
export class Soap {
  /** Milliseconds that the device's clock is ahead of ours. */
  clockOffset = 0;
  readonly #options: SoapOptions;
  #way: Way | undefined;

  constructor(options: SoapOptions) {
    this.#options = options;
  }

  /** How the account is shown, once that is known. */
  get manner(): Manner | undefined {
    return this.#way?.manner;
  }

  /** The element inside the answer's body. @throws OnvifError. */
  async call(call: Call): Promise<Element> {
    return (await this.answer(call)).body;
  }

  /** The same with the whole answer as it was written. @throws OnvifError. */
  async answer(call: Call): Promise<SoapAnswer> {
    let refusal: OnvifError | undefined;
    for (const way of this.#ways()) {
      try {
        const answer = await this.#ask(call, way);
        this.#way ??= way;
        return answer;
      } catch (error) {
        if (!(error instanceof OnvifError) || error.fault !== 'unauthorized') throw error;
        refusal = error;
      }
    }
    throw refusal ?? new OnvifError('unauthorized');
  }

  /** Without an account, as the first question must be; with it where the device insists. */
  async callAnonymously(call: Call): Promise<Element> {
    try {
      return (await this.#ask(call, ANONYMOUS)).body;
    } catch (error) {
      if (!(error instanceof OnvifError) || error.fault !== 'unauthorized' || !this.#options.account)
        throw error;
      return this.call(call);
    }
  }

  #ways(): readonly Way[] {
    if (this.#way) return [this.#way];
    if (!this.#options.account) return [ANONYMOUS];
    return WAYS.filter(({ ownTime }) => !ownTime || this.clockOffset !== 0);
  }

  async #ask(call: Call, way: Way): Promise<SoapAnswer> {
    const answer = await this.#post(call, way);
    if (answer.status === 401) throw new OnvifError('unauthorized');
    const body = await bodyOf(answer);
    const fault = at(body, 'Fault');
    if (fault) throw faultError(fault, answer.status);
    if (answer.status >= 300)
      throw new OnvifError('failed', `the device answered with HTTP ${answer.status}`);
    return { body, text: answer.body };
  }

  async #post(call: Call, { manner, ownTime }: Way): Promise<CameraHttpAnswer> {
    const { account, now, timeoutMs } = this.#options;
    const created = new Date(now() + (ownTime ? 0 : this.clockOffset));
    const security = account ? securityHeader(account, manner, { nonce: randomBytes(16), created }) : '';
    const header = `${security}${call.header ?? ''}`;
    const envelope = [
      `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${ENVELOPE}">`,
      header && `<s:Header>${header}</s:Header>`,
      `<s:Body>${call.body}</s:Body></s:Envelope>`,
    ].join('');
    const headers = { 'content-type': `application/soap+xml; charset=utf-8; action="${call.action}"` };
    const request = {
      method: 'POST',
      url: call.url,
      headers,
      body: envelope,
      timeoutMs: call.timeoutMs ?? timeoutMs,
      ...(call.signal ? { signal: call.signal } : {}),
    };
    const answer = await this.#exchange(request);
    if (answer.status !== 401 || !account || manner === 'anonymous') return answer;
    // Some want their account in HTTP as well as in the message.
    const url = new URL(call.url);
    const authorization = httpAuthorization(answer.challenges, account, {
      method: 'POST',
      uri: `${url.pathname}${url.search}`,
      cnonce: randomBytes(8).toString('hex'),
    });
    return authorization === undefined
      ? answer
      : this.#exchange({ ...request, headers: { ...headers, authorization } });
  }

  async #exchange(request: CameraHttpRequest): Promise<CameraHttpAnswer> {
    try {
      return await this.#options.http(request);
    } catch (error) {
      throw error instanceof CameraHttpError
        ? new OnvifError(FAULTS[error.reason], error.message, { cause: error })
        : error;
    }
  }
}

const FAULTS = {
  denied: 'denied',
  unreachable: 'unreachable',
  timeout: 'timeout',
  too_large: 'not_onvif',
  no_http: 'not_onvif',
} as const;

/** The parser is loaded with the first device: most installations read no XML. */
async function bodyOf({ body, status }: CameraHttpAnswer): Promise<Element> {
  if (!/<[^>]*Envelope/.test(body)) {
    if (status >= 400) throw new OnvifError('not_onvif', `HTTP ${status} without a SOAP message`);
    throw new OnvifError('not_onvif');
  }
  const { parseXml } = await import('./parse-xml.ts');
  const found = at(parseXml(body), 'Envelope', 'Body');
  // An empty body is the empty string.
  return found ?? {};
}

/** The codes of SOAP 1.2 with ONVIF's subcodes (ONVIF Core 5.11.2), or a text where a device has its own. */
function faultError(fault: Element, status: number): OnvifError {
  const codes: string[] = [];
  for (let code = at(fault, 'Code'); code && codes.length < 5; code = at(code, 'Subcode')) {
    codes.push((text(code, 'Value') ?? '').replace(/^.*:/, ''));
  }
  const reason = text(fault, 'Reason', 'Text') ?? text(fault, 'faultstring') ?? '';
  const said = [...codes, reason].join(' ');
  if (status === 401 || /NotAuthorized|FailedAuthentication|Unauthorized|not authorized/i.test(said)) {
    return new OnvifError('unauthorized');
  }
  const shown = (reason || codes.at(-1) || 'no reason given').replace(/\s+/g, ' ').slice(0, 200);
  if (/ActionNotSupported|NotSupported|NotImplemented|OptionalAction|NoPTZProfile/i.test(said)) {
    return new OnvifError('unsupported', `the device cannot do this: ${shown}`);
  }
  return new OnvifError('failed', `the device refused: ${shown}`);
}
