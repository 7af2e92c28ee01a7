import type { FromVision, ToVision } from '@nightjar/contract/vision';
import { Lane, type LaneOptions, type Task } from './lane.ts';
import type { Ending } from './worker.ts';

/** Milliseconds the process outlives its last container. */
const LINGER = 1_000;
/** Milliseconds that the process has to end its children, who would outlive it for a moment. */
const GRACE = 1_000;
/** Bytes under way to the process, beyond which whoever brings more waits. */
const MAX_UNDER_WAY = 512 * 1024;

export interface ContainerOptions {
  /** A number no other session has had. */
  readonly id: number;
  /** Bytes of an MPEG transport stream, cut anywhere. */
  readonly onTransport: (data: Buffer) => void;
  /** All of what was given is out. */
  readonly onFinished: () => void;
  /** Nothing more comes: why, for people. */
  readonly onFailed: (message: string) => void;
  /** It is over, in whatever way. */
  readonly onOver: () => void;
}

/**
 * Hands the bytes of one container to the pixel process. It cannot be begun anew in the middle: with the process it is
 * lost. How long the process takes over it is no sign of a stuck decoder, for its `ffmpeg` is a child of its own.
 */
export class ContainerTask implements Task {
  readonly linger = LINGER;
  readonly pendingSince = undefined;
  readonly #options: ContainerOptions;
  /** What is handed over once the process is there. */
  #early: ToVision[] | undefined;
  #send: ((message: ToVision) => void) | undefined;
  readonly #sizes: number[] = [];
  #underWay = 0;
  #room: (() => void) | undefined;
  #closing = false;
  #over = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.#early = [{ type: 'open_container', id: options.id }];
  }

  /** Nothing of it is left in the process. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  begin(send: (message: ToVision) => void): void {
    this.#send = send;
    for (const message of this.#early ?? []) send(message);
    this.#early = undefined;
  }

  lost({ final }: Ending): void {
    this.#fail(final ? 'nothing on this machine can read containers' : 'the process that reads it ended');
  }

  owns(id: number): boolean {
    return id === this.#options.id;
  }

  hear(message: FromVision): void {
    if (this.#over) return;
    if (this.#closing) {
      if (message.type === 'finished' || message.type === 'failed') this.#end();
    } else if (message.type === 'taken') this.#taken();
    else if (message.type === 'transport') {
      const { buffer, byteOffset, byteLength } = message.data;
      this.#options.onTransport(Buffer.from(buffer, byteOffset, byteLength));
    } else if (message.type === 'finished') {
      this.#end();
      this.#options.onFinished();
    } else if (message.type === 'failed') this.#fail(message.message);
  }

  /** Resolves when more may come; at once when it is over. */
  push(data: Buffer): Promise<void> {
    if (this.#over || this.#closing) return Promise.resolve();
    this.#sizes.push(data.length);
    this.#underWay += data.length;
    this.#tell({ type: 'bytes', id: this.#options.id, data });
    if (this.#underWay < MAX_UNDER_WAY) return Promise.resolve();
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  /** No more bytes come. */
  finish(): void {
    if (!this.#over && !this.#closing) this.#tell({ type: 'finish', id: this.#options.id });
  }

  /** Idempotent. */
  close(): void {
    if (this.#over || this.#closing) return;
    this.#closing = true;
    this.#room?.();
    if (this.#send) this.#send({ type: 'close', id: this.#options.id });
    else this.#end();
  }

  #tell(message: ToVision): void {
    if (this.#early) this.#early.push(message);
    else this.#send?.(message);
  }

  #taken(): void {
    this.#underWay -= this.#sizes.shift() ?? 0;
    if (this.#underWay < MAX_UNDER_WAY) this.#room?.();
  }

  #fail(message: string): void {
    if (this.#over) return;
    const told = this.#closing;
    this.#end();
    if (!told) this.#options.onFailed(message);
  }

  #end(): void {
    this.#over = true;
    this.#early = undefined;
    this.#send = undefined;
    this.#room?.();
    this.#options.onOver();
    this.#ended.resolve();
  }
}

/** What whoever brings the bytes sees of a container. */
export type OpenContainer = Pick<ContainerTask, 'push' | 'finish' | 'close'>;

/** Opens containers, in a process apart from that of pictures. */
export class Containers {
  readonly #lane: Lane;
  readonly #clock: LaneOptions['clock'];
  readonly #tasks = new Set<ContainerTask>();
  #ids = 0;

  constructor(options: LaneOptions) {
    this.#lane = new Lane(options);
    this.#clock = options.clock;
  }

  open(asked: Omit<ContainerOptions, 'id' | 'onOver'>): OpenContainer {
    const task: ContainerTask = new ContainerTask({
      ...asked,
      id: ++this.#ids,
      onOver: () => {
        this.#tasks.delete(task);
        this.#lane.remove(task);
      },
    });
    this.#tasks.add(task);
    this.#lane.add(task);
    return task;
  }

  /** Ends whatever is open, and the process. */
  async close(): Promise<void> {
    const open = [...this.#tasks];
    for (const task of open) task.close();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(GRACE, resolve);
    await Promise.race([Promise.all(open.map(({ ended }) => ended)), late]);
    cancel();
    await this.#lane.close();
  }
}
