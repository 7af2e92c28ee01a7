import { readFile, writeFile } from 'node:fs/promises';

/** What the demo's API client may do: the six scopes of partners. */
const SCOPES = ['streams', 'bookmarks', 'snapshots'].flatMap((room) => [`${room}:read`, `${room}:write`]);
const CLIENT_ID = 'demo-partner';

interface Credentials {
  client_id: string;
  client_secret: string;
}

async function known(file: string): Promise<Credentials | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether the server takes them. */
async function signsIn(origin: string, { client_id, client_secret }: Credentials): Promise<boolean> {
  const answer = await fetch(`${origin}/v2/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id, client_secret }),
  });
  await answer.body?.cancel();
  return answer.ok;
}

/**
 * Sees to it that there is a client for partners' programs, with its id and secret in `file`. Throws with the
 * server's answer when it refuses.
 */
export async function ensurePartner(origin: string, token: string, file: string): Promise<void> {
  const before = await known(file);
  if (before && (await signsIn(origin, before))) return;
  const post = (path: string, body?: object) =>
    fetch(`${origin}/v2/auth/clients${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let made = await post('', { name: 'Demo partner', client_id: CLIENT_ID, scopes: SCOPES });
  if (made.status === 409) {
    await made.body?.cancel();
    made = await post(`/${CLIENT_ID}/rotate`);
  }
  if (!made.ok) throw new Error(`creating the demo's client: ${made.status} ${await made.text()}`);
  const { client_id, client_secret } = (await made.json()) as Credentials;
  const text = `${JSON.stringify({ client_id, client_secret, base: origin }, undefined, 2)}\n`;
  await writeFile(file, text, { mode: 0o600 });
}
