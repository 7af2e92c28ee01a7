import { macOf } from './mac.ts';

/** Who may play one stream by RTSP with digest authentication, which needs a password that both sides know. */
export interface RtspLogin {
  /** `kind:id` of the principal. */
  readonly sub: string;
  /** The sign-in of a person or API client, with which the login ends; '' for who has none. */
  readonly session: string;
  /** Unix seconds after which it is void. */
  readonly exp: number;
}

/** What shows that a login was made by whoever has the key: the proof of a right to watch. */
const PROOF = /^nl_([\w~-]+)~([\w-]{22})$/;
const USERNAME = /^([a-z_]+)~([\w-]+)~([\w-]*)~([0-9a-z]{1,9})$/;

/** User name and password, short enough for players that allow 127 characters for both. */
export function signRtspLogin(
  key: Buffer,
  streamId: string,
  { sub, session, exp }: RtspLogin,
): { username: string; password: string } {
  const [kind = '', ...id] = sub.split(':');
  const username = `${kind}~${id.join(':')}~${session}~${exp.toString(36)}`;
  if (!USERNAME.test(username)) throw new RangeError('a principal that no user name can hold');
  return { username, password: passwordOf(key, streamId, username) };
}

/** The password of a user name for a stream; undefined when it is no login of ours or void at `nowSeconds`. */
export function rtspPassword(
  key: Buffer,
  streamId: string,
  username: string,
  nowSeconds: number,
): string | undefined {
  const login = rtspLoginOf(username);
  return login && login.exp >= nowSeconds ? passwordOf(key, streamId, username) : undefined;
}

/** Who a user name speaks of; nothing is checked. Undefined for a text that is no such name. */
export function rtspLoginOf(username: string): RtspLogin | undefined {
  const [, kind, id, session = '', exp = ''] = USERNAME.exec(username) ?? [];
  return kind && id ? { sub: `${kind}:${id}`, session, exp: Number.parseInt(exp, 36) } : undefined;
}

/** What the engine shows the server to ask whether the login still counts. */
export function rtspProof(key: Buffer, streamId: string, username: string): string {
  return `nl_${username}~${passwordOf(key, streamId, username)}`;
}

/** Who a proof speaks of; undefined when it is none, or void at `nowSeconds`. */
export function openRtspProof(
  key: Buffer,
  streamId: string,
  proof: string,
  nowSeconds: number,
): RtspLogin | undefined {
  const [, username = '', password] = PROOF.exec(proof) ?? [];
  // What is compared was made here: whoever can time it has asked for it over the link.
  if (rtspPassword(key, streamId, username, nowSeconds) !== password) return undefined;
  return rtspLoginOf(username);
}

function passwordOf(key: Buffer, streamId: string, username: string): string {
  const text = `rtsp login ${streamId} ${username}`;
  return macOf(key, text).digest('base64url').slice(0, 22);
}
