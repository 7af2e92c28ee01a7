import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Browser, type Installation } from '../harness/index.ts';
import {
  type Published,
  type PublisherFacts,
  type PublishRequest,
  publishByWhip,
  publisherFacts,
  type SignalAnswer,
  stopPublishing,
  type Watched,
  watchBack,
} from './publish-in-page.ts';

/** Chromium lets its pages use a camera that it makes up. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** A browser that publishes by WHIP, from a page of another origin: the product's own may not use the camera. */
export class PublishingBrowser implements AsyncDisposable {
  readonly #installation: Installation;
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(installation: Installation, browser: Browser, server: Server) {
    this.#installation = installation;
    this.#browser = browser;
    this.#server = server;
  }

  static async start(installation: Installation): Promise<PublishingBrowser> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>camera</title>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await Browser.start({ width: 800, height: 600 }, CAMERA);
    const publishing = new PublishingBrowser(installation, browser, server);
    await browser.page.exposeFunction('signal', (path: string, key: string, offer: string) =>
      publishing.signal(path, key, offer),
    );
    await browser.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return publishing;
  }

  /** Posts an offer. */
  async signal(path: string, key: string, offer: string): Promise<SignalAnswer> {
    const response = await fetch(`${this.#installation.api.base}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/sdp' },
      body: offer,
    });
    const of = (name: string): string => response.headers.get(name) ?? '';
    return {
      status: response.status,
      location: of('location'),
      etag: of('etag'),
      answer: await response.text(),
    };
  }

  async publish(request: PublishRequest): Promise<Published> {
    return (await this.#browser.page.evaluate(publishByWhip as never, request as never)) as Published;
  }

  async facts({ index }: Published): Promise<PublisherFacts> {
    return (await this.#browser.page.evaluate(publisherFacts as never, index as never)) as PublisherFacts;
  }

  /** Watches what somebody publishes until so many pictures were decoded. */
  async watch(path: string, token: string, pictures: number): Promise<Watched> {
    return (await this.#browser.page.evaluate(
      watchBack as never,
      [path, token, pictures] as never,
    )) as Watched;
  }

  /** As when its tab is closed. */
  async stop({ index }: Published): Promise<void> {
    await this.#browser.page.evaluate(stopPublishing as never, index as never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser[Symbol.asyncDispose]();
    this.#server.close();
  }
}
