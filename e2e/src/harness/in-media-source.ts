/** What the function needs of the page; it runs there, so nothing from outside of it may be used in it. */
interface Buffers extends EventTarget {
  appendBuffer(bytes: Uint8Array): void;
}
interface Source extends EventTarget {
  addSourceBuffer(type: string): Buffers;
}
interface Media extends EventTarget {
  src: string;
  readonly buffered: { readonly length: number; start(i: number): number; end(i: number): number };
  readonly error: { readonly message: string } | null;
}
interface PageGlobal {
  readonly document: { createElement(name: 'video'): Media };
  readonly URL: { createObjectURL(source: Source): string };
  readonly MediaSource: { new (): Source };
}

/**
 * In the page: appends a file to Media Source Extensions. Seconds that are buffered then, or what the browser says
 * is wrong with it.
 */
export async function bufferedByPage([type, base64]: readonly [string, string]): Promise<number | string> {
  const page = globalThis as unknown as PageGlobal;
  const media = page.document.createElement('video');
  const source = new page.MediaSource();
  media.src = page.URL.createObjectURL(source);
  const failed = new Promise<string>((resolve) => {
    media.addEventListener('error', () => resolve(media.error?.message ?? 'unknown'), { once: true });
  });
  const once = (target: EventTarget, event: string) =>
    new Promise<undefined>((resolve) => {
      target.addEventListener(event, () => resolve(undefined), { once: true });
    });
  await once(source, 'sourceopen');
  const buffer = source.addSourceBuffer(type);
  buffer.appendBuffer(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  const error = await Promise.race([failed, once(buffer, 'updateend')]);
  if (error !== undefined) return error;
  return media.buffered.length === 0 ? 0 : media.buffered.end(0) - media.buffered.start(0);
}
