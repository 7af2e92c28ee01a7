import type { Query } from '../api/query.ts';
import type { Model } from '../api/types.ts';
import { t } from '../strings/index.ts';

/** What is typed of a network before its file is sent. */
export interface ModelDraft {
  readonly name: string;
  readonly classes: string;
  readonly layout: NonNullable<Model['layout']>;
  readonly width: string;
  readonly height: string;
}

/** The shape of most published networks. */
export const begun: ModelDraft = { name: '', classes: '', layout: 'yolov8', width: '640', height: '640' };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LEAST_SIDE = 32;
const MOST_SIDE = 4_096;

/** With what the name of a file tells. */
export function withFile(draft: ModelDraft, file: string): ModelDraft {
  const plain = file
    .replace(/\.onnx$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  const layout = /v?5/i.test(plain) && !/v?8/i.test(plain) ? 'yolov5' : draft.layout;
  return { ...draft, layout, name: draft.name === '' ? plain : draft.name };
}

/** So much of the end of a file holds what Ultralytics' exporter writes beside the network. */
export const TAIL_BYTES = 64 * 1024;
const NAMES = /names[^{]{1,8}(\{\s*0: .*?\})/s;
const SIZE = /imgsz[^[]{1,8}\[(\d{2,4}), ?(\d{2,4})\]/;
const NAME_IN = /\d+: (?:'([^']*)'|"([^"]*)")/g;

/** With what the end of the file says of itself: names of classes, and the size of its input (height first). */
export function withTail(draft: ModelDraft, tail: string): ModelDraft {
  const names = [...(NAMES.exec(tail)?.[1] ?? '').matchAll(NAME_IN)].map(([, a, b]) => a ?? b ?? '');
  const [, height, width] = SIZE.exec(tail) ?? [];
  return {
    ...draft,
    ...(names.length > 0 && draft.classes === '' ? { classes: names.join(', ') } : {}),
    ...(width !== undefined && height !== undefined ? { width, height } : {}),
  };
}

const classesOf = (text: string): readonly string[] =>
  text.split(/[\n,]/).flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));

const isSide = (text: string): boolean =>
  /^\d{1,4}$/.test(text.trim()) && Number(text) >= LEAST_SIDE && Number(text) <= MOST_SIDE;

/** What of it cannot be sent, by field. */
export function problemOf(
  { name, classes, width, height }: ModelDraft,
  taken: readonly string[],
): Partial<Record<keyof ModelDraft, string>> {
  return {
    ...(NAME.test(name) ? {} : { name: t.models.nameWrong }),
    ...(taken.includes(name) ? { name: t.models.nameTaken } : {}),
    ...(classesOf(classes).length > 0 ? {} : { classes: t.models.classesEmpty }),
    ...(isSide(width) ? {} : { width: t.models.sideWrong }),
    ...(isSide(height) ? {} : { height: t.models.sideWrong }),
  };
}

/** As the interface takes it. */
export const queryOf = ({ name, classes, layout, width, height }: ModelDraft): Query => ({
  name,
  layout,
  classes: classesOf(classes).join(','),
  width: Number(width),
  height: Number(height),
});
