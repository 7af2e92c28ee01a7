import type { FromVision, ToVision } from '@nightjar/contract/vision';
import type { Child, ChildEvents, StartChild } from '../worker.ts';

/** One life of a pixel process that does what a test says. */
export class ScriptedChild implements Child {
  readonly pid = 4711;
  readonly said: ToVision[] = [];
  gone = false;
  readonly #events: ChildEvents;

  constructor(events: ChildEvents) {
    this.#events = events;
  }

  send(message: ToVision): void {
    this.said.push(message);
    if (message.type === 'ping' && this.answers) this.say({ type: 'pong', counters: this.counters });
  }

  kill(): void {
    this.killed = true;
    if (!this.lingers) this.die(null);
  }

  killed = false;
  /** Being killed takes a while. */
  lingers = false;

  /** Whether it answers to being asked. */
  answers = true;
  counters = { rss: 1, decoders: 0, decoded: 0, encoded: 0 };

  say(message: FromVision): this {
    this.#events.message(message);
    return this;
  }

  ready(): this {
    return this.say({ type: 'ready', backend: 'native' });
  }

  /** What no program of ours says. */
  babble(): void {
    this.#events.message({ type: 'picture', id: 'x' });
  }

  die(code: number | null = null): void {
    if (this.gone) return;
    this.gone = true;
    this.#events.exit(code);
  }

  of<T extends ToVision['type']>(type: T): Extract<ToVision, { type: T }>[] {
    return this.said.filter((message) => message.type === type) as Extract<ToVision, { type: T }>[];
  }

  /** Deals with every unit so far. */
  take(): this {
    const units = this.of('unit');
    for (const { id } of units.slice(this.#taken)) this.say({ type: 'taken', id, units: 1 });
    this.#taken = units.length;
    return this;
  }

  #taken = 0;
}

/** Pixel processes of a test, in the order of their birth. */
export class ScriptedChildren {
  readonly lives: ScriptedChild[] = [];

  readonly start: StartChild = (events) => {
    const child = new ScriptedChild(events);
    this.lives.push(child);
    return child;
  };

  get last(): ScriptedChild {
    return this.lives.at(-1)!;
  }

  get running(): ScriptedChild[] {
    return this.lives.filter(({ gone }) => !gone);
  }
}
