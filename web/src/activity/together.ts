import type { Activity } from '../api/types.ts';

/** Neighbours of the feed that say the same, as one. */
export interface Together {
  readonly newest: Activity;
  readonly count: number;
}

const same = (a: Activity, b: Activity): boolean =>
  a.type === b.type && a.camera_id === b.camera_id && a.message === b.message && a.actor === b.actor;

/** Joins neighbours, newest first. */
export function together(items: readonly Activity[]): readonly Together[] {
  const groups: Together[] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last && same(last.newest, item)) groups[groups.length - 1] = { ...last, count: last.count + 1 };
    else groups.push({ newest: item, count: 1 });
  }
  return groups;
}
