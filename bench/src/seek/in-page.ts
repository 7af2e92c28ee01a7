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
  /** What the player did since the last order, and when. */
  marks: { what: string; at: number }[];
}

/** Where the milliseconds of one seek went. */
export interface Seek {
  /** Until the picture was shown, and its own time. */
  readonly ms: number;
  readonly at: number;
  /** Until the player asked for the first piece, had the last one, and had given it to the browser. */
  readonly asked: number;
  readonly loaded: number;
  readonly appended: number;
  readonly pieces: number;
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
    // As the page's own player has it: samples pass through untouched.
    enableWorker: false,
    useMediaCapabilities: false,
    maxBufferHole: 0.5,
    xhrSetup: (request: { setRequestHeader(name: string, value: string): void }) =>
      request.setRequestHeader('authorization', `Bearer ${token}`),
  });
  page.marks = [];
  for (const what of ['hlsFragLoading', 'hlsFragLoaded', 'hlsBufferAppended'])
    player.on(what, () => page.marks.push({ what, at: performance.now() }));
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

/** How long it takes until the picture of a second is shown. Runs in the browser. */
export async function seekInPage(to: number): Promise<Seek> {
  const page = globalThis as unknown as Page;
  const shown = Promise.withResolvers<{ now: number; at: number }>();
  page.marks = [];
  const began = performance.now();
  page.sought.requestVideoFrameCallback((now, { mediaTime }) => shown.resolve({ now, at: mediaTime }));
  page.sought.currentTime = to;
  const { now, at } = await shown.promise;
  const marks = page.marks.filter((mark) => mark.at <= now);
  const when = (what: string, nth: number): number =>
    (marks.filter((mark) => mark.what === what).at(nth)?.at ?? began) - began;
  return {
    ms: now - began,
    at,
    asked: when('hlsFragLoading', 0),
    loaded: when('hlsFragLoaded', -1),
    appended: when('hlsBufferAppended', -1),
    pieces: marks.filter(({ what }) => what === 'hlsFragLoaded').length,
  };
}
