import { recordsAgain } from '../footage/files-grow.ts';
import type { ApiClient, StreamRequest } from '../harness/api.ts';
import { eventually } from '../harness/eventually.ts';
import { Installation, type InstallationOptions } from '../harness/installation.ts';
import { SyntheticCameras } from './synthetic.ts';

export interface OneCameraOptions extends InstallationOptions {
  /** Of the stream, `yard` unless told. */
  readonly id?: string;
  /** Where it is recorded the first footage is there as well. */
  readonly recording?: NonNullable<StreamRequest['recording']>;
  readonly privacy?: NonNullable<StreamRequest['privacy']>;
}

/** What most tests of one stream begin with: the clip `yard` as a camera, live in an installation of its own. */
export class OneCamera implements AsyncDisposable {
  readonly cameras: SyntheticCameras;
  readonly installation: Installation;
  readonly #id: string;

  private constructor(cameras: SyntheticCameras, installation: Installation, id: string) {
    this.cameras = cameras;
    this.installation = installation;
    this.#id = id;
  }

  static async start(options: OneCameraOptions = {}): Promise<OneCamera> {
    const { id = 'yard', recording, privacy, ...about } = options;
    const [cameras, installation] = await Promise.all([
      SyntheticCameras.start({ count: 1 }),
      Installation.start(about),
    ]);
    const one = new OneCamera(cameras, installation, id);
    const source_url = cameras.urls[0]!;
    const settings = { ...(recording ? { recording } : {}), ...(privacy ? { privacy } : {}) };
    await one.api.addStream({ id, source_url, ...settings });
    await one.live();
    if (recording?.enabled) await recordsAgain(installation, [id], new Set(), 15_000);
    return one;
  }

  get api(): ApiClient {
    return this.installation.api;
  }

  /** Waits until the stream is live, or live again. */
  async live(timeoutMs = 20_000): Promise<void> {
    const active = async () => (await this.api.stream(this.#id)).status === 'active';
    await eventually(`${this.#id} to be live`, active, { timeoutMs });
  }

  /** A token of somebody who may do this and no more. */
  async tokenWith(scopes: readonly string[]): Promise<string> {
    const made = await this.api.expect(201, 'POST', '/api/v1/api-tokens', { name: 'eye', scopes });
    return (made as { token: string }).token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.installation[Symbol.asyncDispose]();
    await this.cameras[Symbol.asyncDispose]();
  }
}
