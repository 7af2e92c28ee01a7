import type { EventWays } from './device-ways.ts';
import { fault } from './envelope.ts';

interface Held {
  readonly id: number;
  until: number;
  queue: string[];
}

const STATE = 'false';
/** Seconds of life where nothing is asked for. */
const USUAL_S = 10;
const POLL_STEP_MS = 10;

/** The event service of the synthetic device. */
export class Pulls {
  /** Subscriptions that were made. */
  made = 0;
  /** How often somebody pulled. */
  pulled = 0;
  readonly #ways: EventWays;
  readonly #utc: () => number;
  readonly #held = new Map<number, Held>();
  #closed = false;
  #moving = false;

  constructor(ways: EventWays, utc: () => number) {
    this.#ways = ways;
    this.#utc = utc;
  }

  /** Subscriptions alive. */
  get open(): number {
    this.#expire();
    return this.#held.size;
  }

  /** Motion begins or ends. */
  motion(on: boolean): void {
    this.#moving = on;
    for (const held of this.#held.values()) held.queue.push(notice('Changed', on));
  }

  /** Every subscription is forgotten, as by a restart. */
  forget(): void {
    this.#held.clear();
  }

  close(): void {
    this.#closed = true;
  }

  /** `undefined`: the connection is closed instead of an answer. */
  async answer(
    operation: string,
    message: string,
    address: string,
  ): Promise<string | undefined | 'not mine'> {
    if (operation === 'CreatePullPointSubscription') return this.#create(message, address);
    if (!['PullMessages', 'Renew', 'Unsubscribe'].includes(operation)) return 'not mine';
    this.#expire();
    const named = this.#ways.byReference
      ? /<SubscriptionId xmlns="urn:acme"[^>]*>(\d+)</
      : /<To [^>]*>[^<]*id=(\d+)</;
    const held = this.#held.get(Number(named.exec(message)?.[1] ?? Number.NaN));
    if (!held) return fault('wsrf-rw:ResourceUnknownFault', 'no such subscription');
    if (operation === 'PullMessages') return this.#pull(held, message);
    if (operation === 'Unsubscribe') {
      this.#held.delete(held.id);
      return '<wsnt:UnsubscribeResponse/>';
    }
    if (this.#ways.noRenew) return fault('ter:ActionNotSupported', 'no renewing');
    held.until = this.#utc() + this.#granted(message) * 1000;
    return `<wsnt:RenewResponse>${this.#times(held)}</wsnt:RenewResponse>`;
  }

  #create(message: string, address: string): string {
    this.#expire();
    const { needsLifetime, secondsOnly, room = 10, replaysAsChanged } = this.#ways;
    const asked = /<InitialTerminationTime>([^<]*)</.exec(message)?.[1];
    if (needsLifetime && asked === undefined)
      return fault('ter:InvalidArgVal', 'InitialTerminationTime is missing');
    if (secondsOnly && !/^PT\d+S$/.test(asked ?? ''))
      return fault('ter:InvalidArgVal', 'a lifetime of a month');
    if (this.#held.size >= room)
      return fault('ter:MaxNotificationProducers', 'no room for another subscription');
    const id = ++this.made;
    const held = { id, until: this.#utc() + this.#granted(message) * 1000, queue: [] as string[] };
    held.queue.push(notice(replaysAsChanged && id > 1 ? 'Changed' : 'Initialized', this.#moving));
    this.#held.set(id, held);
    const place = this.#ways.byReference
      ? `<wsa5:Address>${address}</wsa5:Address><wsa5:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="urn:acme">${id}</dom0:SubscriptionId></wsa5:ReferenceParameters>`
      : `<wsa5:Address>${address}?id=${id}</wsa5:Address>`;
    const reference = `<tds:SubscriptionReference>${place}</tds:SubscriptionReference>`;
    return `<tds:CreatePullPointSubscriptionResponse>${reference}${this.#times(held)}</tds:CreatePullPointSubscriptionResponse>`;
  }

  async #pull(held: Held, message: string): Promise<string | undefined> {
    this.pulled++;
    const { noLongPoll, closesAfterS } = this.#ways;
    const asked = Number(/<Timeout>PT(\d+)S</.exec(message)?.[1] ?? 60);
    const began = Date.now();
    while (!noLongPoll && held.queue.length === 0 && !this.#closed && Date.now() - began < asked * 1000) {
      if (closesAfterS !== undefined && Date.now() - began >= closesAfterS * 1000) return undefined;
      await new Promise((resolve) => setTimeout(resolve, POLL_STEP_MS));
    }
    const notices = held.queue.splice(0);
    return `<tds:PullMessagesResponse>${this.#times(held)}${notices.join('')}</tds:PullMessagesResponse>`;
  }

  #granted(message: string): number {
    return this.#ways.grantsS ?? Number(/Time>PT(\d+)S</.exec(message)?.[1] ?? USUAL_S);
  }

  #times(held: Held): string {
    const [now, end] = [this.#utc(), held.until].map((ms) => new Date(ms).toISOString());
    return `<wsnt:CurrentTime>${now}</wsnt:CurrentTime><wsnt:TerminationTime>${end}</wsnt:TerminationTime>`;
  }

  #expire(): void {
    const now = this.#utc();
    for (const [id, { until }] of this.#held) if (until <= now) this.#held.delete(id);
  }
}

function notice(operation: string, moving: boolean): string {
  const value = moving ? 'true' : STATE;
  return [
    '<wsnt:NotificationMessage>',
    '<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:RuleEngine/CellMotionDetector/Motion</wsnt:Topic>',
    `<wsnt:Message><tt:Message UtcTime="2026-01-01T00:00:00Z" PropertyOperation="${operation}">`,
    '<tt:Source><tt:SimpleItem Name="VideoSourceConfigurationToken" Value="v"/></tt:Source>',
    `<tt:Data><tt:SimpleItem Name="IsMotion" Value="${value}"/></tt:Data>`,
    '</tt:Message></wsnt:Message></wsnt:NotificationMessage>',
  ].join('');
}
