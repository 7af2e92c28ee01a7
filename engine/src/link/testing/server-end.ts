import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { FromEngine, type ToEngine } from '@nightjar/contract/link';
import WebSocket from 'ws';
import { until } from '../../testing/index.ts';

type Told = Extract<FromEngine, { type: 'facts' }>['facts'][number];

/** The server's end of the link, as a test plays it: keeps all messages and answers only what it is told to. */
export class ServerEnd {
  readonly socket: WebSocket;
  readonly messages: FromEngine[] = [];
  /** Code with which the engine closed. */
  closed: number | undefined;

  constructor(
    socketPath: string,
    key: Buffer,
    authorization = `Bearer ${createHash('sha256').update(key).digest('hex')}`,
  ) {
    this.socket = new WebSocket('ws://engine/link', {
      createConnection: () => connect(socketPath),
      headers: { authorization },
    });
    this.socket.on('message', (data) => this.messages.push(FromEngine.parse(JSON.parse(String(data)))));
    this.socket.on('close', (code) => {
      this.closed = code;
    });
    this.socket.on('error', () => undefined);
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    await this.heard('hello');
    return this;
  }

  /** The HTTP status with which the engine refused the upgrade. */
  async refusal(): Promise<number | undefined> {
    const [, response] = (await once(this.socket, 'unexpected-response')) as [
      unknown,
      { statusCode?: number },
    ];
    return response.statusCode;
  }

  send(message: ToEngine | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  of<T extends FromEngine['type']>(type: T): Extract<FromEngine, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<FromEngine, { type: T }> => message.type === type,
    );
  }

  /** All facts, however they came together. */
  get facts(): Told[] {
    return this.of('facts').flatMap(({ facts }) => facts);
  }

  /** Settles when so many facts have come. */
  async heardFacts(count = 1): Promise<void> {
    await until(() => this.facts.length >= count);
  }

  /** The `count`th message of a type. */
  async heard<T extends FromEngine['type']>(type: T, count = 1): Promise<Extract<FromEngine, { type: T }>> {
    await until(() => this.of(type).length >= count);
    return this.of(type)[count - 1]!;
  }

  /** Resolves with the code once the engine closed. */
  async over(): Promise<number> {
    await until(() => this.closed !== undefined);
    return this.closed!;
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await this.over();
  }
}
