import type { ClientAuth } from '../auth/client-auth.ts';
import type { Connection } from '../connection.ts';
import { RtspError } from '../errors.ts';
import { parseMethods } from '../wire/headers.ts';
import type { RtspResponse } from '../wire/message.ts';
import { type Credentials, formatRtspUrl, type RtspUrl } from '../wire/url.ts';
import { redirect } from './redirect.ts';

export interface FirstContactOptions {
  readonly url: RtspUrl;
  readonly credentials: Credentials | undefined;
  readonly authFor: (credentials: Credentials | undefined) => ClientAuth;
  readonly open: (url: RtspUrl, auth: ClientAuth, credentials: Credentials | undefined) => Connection;
  /** The connection is of no more use. */
  readonly leave: (connection: Connection) => Promise<void>;
}

/** Where the camera was reached, and what it answered DESCRIBE. */
export interface FirstContact {
  readonly connection: Connection;
  readonly url: RtspUrl;
  readonly response: RtspResponse;
  /** Those of `Public`. */
  readonly methods: ReadonlySet<string>;
}

const MAX_REDIRECTS = 3;
/** A camera that has to think answers so soon all the same; who does not is not there. */
const GREETING_MS = 5000;

/**
 * Connects and asks for the description. Redirects are followed, and a camera that ends the connection with its
 * challenge (quirk 1) is asked on a new one that knows the challenge.
 * @throws RtspError, or what `open` threw.
 */
export async function firstContact(options: FirstContactOptions): Promise<FirstContact> {
  let { url, credentials } = options;
  for (let hops = 0; ; hops++) {
    const contact = await reached(options, url, credentials);
    const { connection, response } = contact;
    if (response.status < 300 || response.status >= 400) return contact;
    const next = redirect(connection.peer, url, response);
    if (hops === MAX_REDIRECTS) {
      throw new RtspError('protocol_error', `${connection.peer}: over ${MAX_REDIRECTS} redirects`);
    }
    if (next.host.toLowerCase() !== url.host.toLowerCase()) credentials = undefined;
    url = next;
    await options.leave(connection);
  }
}

async function reached(
  { open, leave, authFor }: FirstContactOptions,
  url: RtspUrl,
  credentials: Credentials | undefined,
): Promise<FirstContact> {
  const auth = authFor(credentials);
  for (let again = false; ; again = true) {
    const before = auth.accepted;
    const connection = open(url, auth, credentials);
    try {
      return await asked(connection, url);
    } catch (error) {
      const closed = error instanceof RtspError && error.code === 'closed_by_camera';
      if (!closed || auth.accepted === before) throw error;
      if (again) {
        const text = `${connection.peer} does not accept the credentials (it ends the connection)`;
        throw new RtspError('auth_failed', text, { status: 401 });
      }
      await leave(connection);
    }
  }
}

/** OPTIONS, whose refusal says nothing, then DESCRIBE. */
async function asked(connection: Connection, url: RtspUrl): Promise<FirstContact> {
  const address = formatRtspUrl(url);
  const offered = await connection.request('OPTIONS', address, [], { longest: GREETING_MS });
  const methods = parseMethods(offered.headers.get('public') ?? []);
  const redirected = offered.status >= 300 && offered.status < 400;
  const response = redirected
    ? offered
    : await connection.request('DESCRIBE', address, [['Accept', 'application/sdp']]);
  return { connection, url, response, methods };
}
