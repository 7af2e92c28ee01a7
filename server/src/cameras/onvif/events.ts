import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/index.ts';
import { type DeviceOptions, dialled, OnvifDevice } from './device.ts';
import { OnvifError } from './onvif-error.ts';
import { referenceHeaders } from './reference.ts';
import { NS } from './soap/soap.ts';
import { all, at, type Element, escapeXml, type Node, text } from './soap/xml.ts';

/** What a device tells. `state`: how it was when we began to listen, which is no event. */
export interface DeviceNotice {
  readonly kind: 'state' | 'change';
  /** Without namespaces, for example `RuleEngine/CellMotionDetector/Motion`. */
  readonly topic: string;
  readonly source: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

export interface ListenOptions {
  readonly clock: Clock;
  /** What it takes to reach the device; asked anew after each loss. */
  readonly device: DeviceOptions;
  readonly onNotice: (notice: DeviceNotice) => void;
  /** It listens, or could not and tries again; told when that changes. */
  readonly onState?: (state: 'listening' | OnvifError) => void;
}

/** Seconds asked for, never minutes: some read `PT1M` as a month. */
const LIFETIME_S = 60;
/** Below the 10 s after which some devices close what they hold open. */
const POLL_S = 5;
const POLL_SLACK_MS = 5_000;
/** Between polls of a device that answers at once although it has nothing to say. */
const QUIET_MS = 1_000;
/** Without a single notice for so long a subscription is made anew: some freeze. */
const FROZEN_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 60_000;
const MESSAGES = 32;
const MAX_PROPERTIES = 256;

interface Subscription {
  readonly url: string;
  /** As the device wrote it. */
  readonly to: string;
  /** What else names it, as header elements. */
  readonly reference: string;
  /** Monotonic milliseconds at which half of its life is over. */
  renewAt: number;
  /** Renewing was refused: it lives as long as it lives. */
  renewable: boolean;
  lastNotice: number;
}

/** Listens to a device's events by pulling them (ONVIF Core 9.2): subscribes, pulls, renews, and begins again. */
export class EventListener implements AsyncDisposable {
  readonly #options: ListenOptions;
  readonly #stop = new AbortController();
  readonly #known = new Map<string, string>();
  #done: Promise<void> | undefined;
  #told: string | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  /** Until closed. Idempotent. */
  start(): void {
    this.#done ??= this.#run();
  }

  /** Ends the subscription: devices have room for few. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#listen(() => {
          pause = FIRST_PAUSE_MS;
        });
      } catch (error) {
        if (!(error instanceof OnvifError)) throw error;
        this.#tell(error);
      }
      await this.#wait(pause);
      pause = Math.min(LAST_PAUSE_MS, pause * 2);
    }
  }

  async #listen(heard: () => void): Promise<void> {
    const device = await OnvifDevice.connect(this.#options.device);
    const subscription = await this.#subscribe(device);
    try {
      while (!this.#stop.signal.aborted && !this.#isFrozen(subscription)) {
        const began = this.#now();
        const notices = await this.#pull(device, subscription);
        heard();
        this.#tell('listening');
        if (notices > 0) subscription.lastNotice = this.#now();
        else await this.#wait(QUIET_MS - (this.#now() - began));
        await this.#renew(device, subscription);
      }
    } finally {
      await this.#unsubscribe(device, subscription);
    }
  }

  async #subscribe(device: OnvifDevice): Promise<Subscription> {
    const url = device.services.events;
    if (url === undefined) throw new OnvifError('unsupported', 'the camera tells no events');
    const action = `${NS.events}/EventPortType/CreatePullPointSubscriptionRequest`;
    const lifetime = `<InitialTerminationTime>PT${LIFETIME_S}S</InitialTerminationTime>`;
    const body = `<CreatePullPointSubscription xmlns="${NS.events}">${lifetime}</CreatePullPointSubscription>`;
    const answered = await device.soap.answer({ url, action, body, header: addressing(action, url) });
    const answer = at(answered.body, 'CreatePullPointSubscriptionResponse');
    const to = text(answer, 'SubscriptionReference', 'Address')?.replace(/\s+/g, '');
    if (to === undefined) throw new OnvifError('failed', 'the device names no subscription');
    const now = this.#now();
    return {
      url: dialled(to, url),
      to,
      reference: referenceHeaders(answered.text),
      renewAt: now + lifeOf(answer) / 2,
      renewable: true,
      lastNotice: now,
    };
  }

  async #pull(device: OnvifDevice, subscription: Subscription): Promise<number> {
    const action = `${NS.events}/PullPointSubscription/PullMessagesRequest`;
    const { url, renewAt, renewable } = subscription;
    // A poll must not outlive a short subscription.
    const left = renewable ? Math.ceil((renewAt - this.#now()) / 1000) : POLL_S;
    const seconds = Math.max(1, Math.min(POLL_S, left));
    const parameters = `<Timeout>PT${seconds}S</Timeout><MessageLimit>${MESSAGES}</MessageLimit>`;
    const body = `<PullMessages xmlns="${NS.events}">${parameters}</PullMessages>`;
    const timeoutMs = seconds * 1000 + POLL_SLACK_MS;
    const header = headerOf(subscription, action);
    const answer = await device.soap.call({
      url,
      action,
      body,
      header,
      timeoutMs,
      signal: this.#stop.signal,
    });
    const messages = all(at(answer, 'PullMessagesResponse'), 'NotificationMessage').slice(0, MESSAGES * 4);
    for (const message of messages) this.#notice(message);
    return messages.length;
  }

  #notice(message: Node): void {
    const inner = at(message, 'Message', 'Message');
    const topic = (text(message, 'Topic') ?? '').replace(/(^|\/)[\w.-]+:/g, '$1').slice(0, 200);
    if (topic === '' || !inner) return;
    const [source, data] = [itemsOf(at(inner, 'Source')), itemsOf(at(inner, 'Data'))];
    const property = `${topic} ${JSON.stringify(source)}`;
    const value = JSON.stringify(data);
    const before = this.#known.get(property);
    const initial = text(inner, '@PropertyOperation') === 'Initialized';
    if (before === undefined && this.#known.size >= MAX_PROPERTIES) this.#known.clear();
    this.#known.set(property, value);
    // A state that is repeated, by a renewed subscription or by a device that calls it changed, is none that changed.
    if (before === value) return;
    this.#options.onNotice({
      kind: initial && before === undefined ? 'state' : 'change',
      topic,
      source,
      data,
    });
  }

  async #renew(device: OnvifDevice, subscription: Subscription): Promise<void> {
    if (!subscription.renewable || this.#now() < subscription.renewAt) return;
    const action = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest';
    const body = `<Renew xmlns="${NS.notify}"><TerminationTime>PT${LIFETIME_S}S</TerminationTime></Renew>`;
    try {
      const header = headerOf(subscription, action);
      const answer = await device.soap.call({ url: subscription.url, action, body, header });
      subscription.renewAt = this.#now() + lifeOf(at(answer, 'RenewResponse')) / 2;
    } catch (error) {
      if (!(error instanceof OnvifError) || (error.fault !== 'failed' && error.fault !== 'unsupported'))
        throw error;
      subscription.renewable = false;
    }
  }

  async #unsubscribe(device: OnvifDevice, subscription: Subscription): Promise<void> {
    const action = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest';
    const body = `<Unsubscribe xmlns="${NS.notify}"/>`;
    const header = headerOf(subscription, action);
    const asking = device.soap.call({ url: subscription.url, action, body, header });
    await asking.catch((error: unknown) => {
      // It is over either way, and ends by itself.
      if (!(error instanceof OnvifError)) throw error;
    });
  }

  #isFrozen({ lastNotice }: Subscription): boolean {
    return this.#now() - lastNotice > FROZEN_MS;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
    });
  }

  #tell(state: 'listening' | OnvifError): void {
    const words = state instanceof OnvifError ? state.message : state;
    if (words === this.#told || this.#stop.signal.aborted) return;
    this.#told = words;
    this.#options.onState?.(state);
  }
}

/** Milliseconds of life that the device grants, by its own clock; those asked for where it does not say. */
function lifeOf(answer: Element | undefined): number {
  const [now, end] = ['CurrentTime', 'TerminationTime'].map((name) => Date.parse(text(answer, name) ?? ''));
  const granted = end! - now!;
  const asked = LIFETIME_S * 1000;
  return granted > 0 ? Math.min(granted, asked) : asked;
}

function itemsOf(element: Element | undefined): Record<string, string> {
  const items = all(element, 'SimpleItem')
    .slice(0, 32)
    .flatMap((item) => {
      const [name, value] = [text(item, '@Name'), text(item, '@Value')];
      return name === undefined ? [] : [[name.slice(0, 100), (value ?? '').slice(0, 200)] as const];
    });
  return Object.fromEntries(items);
}

const headerOf = ({ to, reference }: Subscription, action: string): string =>
  `${addressing(action, to)}${reference}`;

function addressing(action: string, to: string): string {
  const a = `xmlns="${NS.addressing}"`;
  return [
    `<Action ${a}>${action}</Action><MessageID ${a}>urn:uuid:${randomUUID()}</MessageID>`,
    `<To ${a}>${escapeXml(to)}</To>`,
  ].join('');
}
