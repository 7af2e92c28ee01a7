/** What the page's player is made of, as far as it is needed here. */
interface Player {
  on(event: string, done: (event: string, data: { fatal?: boolean; details?: string }) => void): void;
  loadSource(url: string): void;
  attachMedia(video: Video): void;
}

interface Video {
  muted: boolean;
  currentTime: number;
  readonly duration: number;
  addEventListener(name: string, done: () => void, options: { once: boolean }): void;
  requestVideoFrameCallback(shown: (now: number, facts: { mediaTime: number }) => void): void;
}

/** This room is compiled without the DOM's types. */
interface Page {
  Hls: new (options: object) => Player;
  document: { createElement(name: 'video'): Video; body: { replaceChildren(child: Video): void } };
  sought: Video;
}

/** Opens a playlist with a player of its own in the page; answers its length in seconds. Runs in the browser. */
export async function openInPage({ url, token }: { url: string; token: string }): Promise<number> {
  const page = globalThis as unknown as Page;
  const video = page.document.createElement('video');
  page.sought = video;
  video.muted = true;
  page.document.body.replaceChildren(video);
  const player = new page.Hls({
    // What lies ahead of the picture is not loaded: another second is asked for next.
    maxBufferLength: 4,
    maxMaxBufferLength: 4,
    xhrSetup: (request: { setRequestHeader(name: string, value: string): void }) =>
      request.setRequestHeader('authorization', `Bearer ${token}`),
  });
  const shown = Promise.withResolvers<void>();
  player.on('hlsError', (_, { fatal, details }) => {
    if (fatal) shown.reject(new Error(details));
  });
  video.addEventListener('loadeddata', () => shown.resolve(), { once: true });
  player.loadSource(url);
  player.attachMedia(video);
  await shown.promise;
  return video.duration;
}

/** Milliseconds until the picture of a second is shown, and its own time. Runs in the browser. */
export async function seekInPage(to: number): Promise<{ ms: number; at: number }> {
  const { sought } = globalThis as unknown as Page;
  const shown = Promise.withResolvers<{ ms: number; at: number }>();
  const began = performance.now();
  sought.requestVideoFrameCallback((now, { mediaTime }) => shown.resolve({ ms: now - began, at: mediaTime }));
  sought.currentTime = to;
  return await shown.promise;
}
