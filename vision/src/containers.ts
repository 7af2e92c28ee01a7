import type { FromVision, ToVision } from '@nightjar/contract/vision';
import type { Container, ContainerSink } from './backend.ts';

export interface ContainersOptions {
  readonly open: (sink: ContainerSink) => Container;
  readonly send: (message: FromVision) => void;
}

/** Containers on their way into transport streams, side by side. */
export class Containers {
  readonly #options: ContainersOptions;
  readonly #open = new Map<number, Container>();

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  /** false: the message is about something else. */
  handle(message: ToVision): boolean {
    if (message.type === 'open_container') {
      this.#begin(message.id);
      return true;
    }
    const container = 'id' in message ? this.#open.get(message.id) : undefined;
    if (!container) return message.type === 'bytes' || message.type === 'finish';
    if (message.type === 'bytes') this.#push(message.id, container, message.data);
    else if (message.type === 'finish') container.finish();
    else if (message.type === 'close') this.#leave(message.id);
    return true;
  }

  #begin(id: number): void {
    const { open, send } = this.#options;
    this.#open.set(
      id,
      open({
        transport: (data) => send({ type: 'transport', id, data }),
        finished: () => {
          this.#end(id);
          send({ type: 'finished', id });
        },
        failed: (message) => {
          this.#end(id);
          send({ type: 'failed', id, message });
        },
      }),
    );
  }

  #push(id: number, container: Container, data: Uint8Array): void {
    void container.push(data).then(() => this.#options.send({ type: 'taken', id, units: 1 }));
  }

  /** Told when its children are gone. */
  #leave(id: number): void {
    const container = this.#open.get(id);
    this.#open.delete(id);
    void container?.close().then(() => this.#options.send({ type: 'finished', id }));
  }

  #end(id: number): void {
    const container = this.#open.get(id);
    this.#open.delete(id);
    void container?.close();
  }
}
