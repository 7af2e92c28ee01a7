import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A real mail server that keeps what it is sent; only who signs in may send. */
export class Mailbox implements AsyncDisposable {
  readonly mails: string[] = [];
  readonly port: number;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, mails: string[]) {
    this.#server = server;
    this.mails = mails;
    this.port = (server.server.address() as AddressInfo).port;
  }

  static async start(login: { username: string; password: string }): Promise<Mailbox> {
    const mails: string[] = [];
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        const known = username === login.username && password === login.password;
        if (known) done(null, { user: username });
        else done(new Error('unknown'));
      },
      onData: (stream, _session, done) => {
        void text(stream).then((mail) => {
          mails.push(mail);
          done();
        });
      },
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return new Mailbox(server, mails);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
