/** A stream of the demo, in the words of the Stream Manager API. */
interface DemoStream {
  id: string;
  source_url: string;
  recording: { enabled: boolean };
}

/** The two synthetic cameras on loopback, as streams that are recorded. */
export function demoStreams(cameraPort: number): DemoStream[] {
  return ['yard', 'door'].map((id) => ({
    id,
    source_url: `rtsp://127.0.0.1:${cameraPort}/${id}`,
    recording: { enabled: true },
  }));
}

async function call(url: string, token: string, method: string, body?: object): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function refuse(doing: string, answer: Response): Promise<never> {
  throw new Error(`${doing}: the server answered ${answer.status} ${await answer.text()}`);
}

/**
 * Sees to it that the stream exists and comes from its camera. What a person changed in it otherwise is left
 * alone, a recording that was switched off included. Throws with the server's answer when it refuses.
 */
export async function ensureStream(origin: string, token: string, stream: DemoStream): Promise<void> {
  const url = `${origin}/api/streams/${stream.id}`;
  const found = await call(url, token, 'GET');
  if (found.status === 404) {
    await found.body?.cancel();
    const made = await call(`${origin}/api/streams`, token, 'POST', stream);
    return made.status === 201 ? made.body?.cancel() : refuse(`creating ${stream.id}`, made);
  }
  if (!found.ok) return refuse(`reading ${stream.id}`, found);
  const { source_url } = (await found.json()) as { source_url: string };
  if (source_url === stream.source_url) return;
  const moved = await call(url, token, 'PUT', { source_url: stream.source_url });
  if (!moved.ok) return refuse(`moving ${stream.id}`, moved);
  await moved.body?.cancel();
}
