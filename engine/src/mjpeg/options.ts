/** What a viewer of pictures may ask for. */
export interface PictureOptions {
  /** Pixels; undefined is the camera's own. */
  readonly width: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
}

const QUALITY = 75;
/** Twice what people see as motion; cameras seldom send more. */
const FPS = 30;

/** A query that asks for what there is not; `message` names the parameter. */
export class PictureOptionsError extends Error {}

/** `width` and `quality` of a query. Throws PictureOptionsError. */
export function pictureOptions(query: URLSearchParams): PictureOptions {
  return {
    width: whole(query, 'width', 16, 7680),
    quality: whole(query, 'quality', 1, 100) ?? QUALITY,
  };
}

/** `fps` of a query: pictures a second at most. Throws PictureOptionsError. */
export function fpsOf(query: URLSearchParams): number {
  return whole(query, 'fps', 1, 60) ?? FPS;
}

function whole(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const values = query.getAll(name);
  const [text] = values;
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (values.length > 1 || !/^\d{1,5}$/.test(text) || value < least || value > most)
    throw new PictureOptionsError(`${name} must be a whole number from ${least} to ${most}`);
  return value;
}
