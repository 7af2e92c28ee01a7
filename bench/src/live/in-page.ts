/** What one look at the picture found; times in milliseconds. */
export interface Sight {
  /** The clock in the picture, of the minute; undefined when it could not be read. */
  readonly shown: number | undefined;
  /** UTC at which that picture reached the screen. */
  readonly utc: number;
}

/** One join, from the click to the first picture on the screen. */
export interface Join extends Sight {
  readonly toPictureMs: number;
}

interface FrameFacts {
  readonly presentationTime: number;
}

interface Video {
  readonly videoWidth: number;
  readonly videoHeight: number;
  requestVideoFrameCallback(callback: (now: number, facts: FrameFacts) => void): number;
}

/** The objects of the page that are used there; this room is compiled without the DOM's types. */
interface PageGlobal {
  readonly document: {
    querySelector(selector: string): Video | null;
    addEventListener(type: 'click', listener: () => void, options: { capture: true; once: true }): void;
    createElement(name: 'canvas'): {
      width: number;
      height: number;
      getContext(kind: '2d'): {
        drawImage(video: Video, x: number, y: number): void;
        getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
      };
    };
  };
  requestAnimationFrame(task: () => void): void;
  readClockBar(pixels: { data: Uint8ClampedArray; width: number; height: number }): number | undefined;
  look(video: Video): Promise<Sight & { at: number }>;
  join: Promise<Join>;
}

/**
 * Runs in the page: `look` reads the clock of the next picture of a video at its full size; `at` is
 * `performance.now()` when that picture was handed to the screen.
 */
export function installLook(): void {
  const page = globalThis as unknown as PageGlobal;
  page.look = (video) =>
    new Promise((resolve) => {
      video.requestVideoFrameCallback((_, { presentationTime }) => {
        const canvas = page.document.createElement('canvas');
        const [width, height] = [video.videoWidth, video.videoHeight];
        Object.assign(canvas, { width, height });
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0);
        const utc = Date.now() + (presentationTime - performance.now());
        const { data } = context.getImageData(0, 0, width, height);
        resolve({ shown: page.readClockBar({ data, width, height }), utc, at: presentationTime });
      });
    });
}

/** Runs in the page before the click: times the next click to the first picture of `selector`. */
export function armJoin(selector: string): void {
  const page = globalThis as unknown as PageGlobal;
  const joined = Promise.withResolvers<Join>();
  page.join = joined.promise;
  page.document.addEventListener(
    'click',
    () => {
      const clicked = performance.now();
      const find = () => {
        const video = page.document.querySelector(selector);
        if (!video) return page.requestAnimationFrame(find);
        void page.look(video).then(({ shown, utc, at }) => {
          joined.resolve({ shown, utc, toPictureMs: at - clicked });
        }, joined.reject);
      };
      find();
    },
    { capture: true, once: true },
  );
}

/** Runs in the page: the join that `armJoin` waits for. */
export function awaitJoin(): Promise<Join> {
  return (globalThis as unknown as PageGlobal).join;
}

/** Runs in the page: `count` looks at `selector`, one after the other. */
export async function lookAt([selector, count]: readonly [string, number]): Promise<Sight[]> {
  const page = globalThis as unknown as PageGlobal;
  const video = page.document.querySelector(selector);
  if (!video) throw new Error(`no ${selector}`);
  const sights: Sight[] = [];
  for (let index = 0; index < count; index++) {
    const { shown, utc } = await page.look(video);
    sights.push({ shown, utc });
  }
  return sights;
}
