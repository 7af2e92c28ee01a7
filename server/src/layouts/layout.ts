import type { Principal } from '../kernel/index.ts';

/** Whose a layout is. */
export type LayoutOwner = Pick<Principal, 'kind' | 'id'>;

/** One picture of a wall; the unit is a column. */
interface Tile {
  camera_id: string;
  /** null is the stream that is shown of the camera. */
  stream_id: string | null;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** What its owner decides. */
export interface LayoutContent {
  name: string;
  columns: number;
  tiles: readonly Tile[];
  /** Everybody may use it. */
  shared: boolean;
}

/** A wall of cameras as its owner laid it out. */
export interface Layout extends LayoutContent {
  id: string;
  owner: LayoutOwner;
  createdAt: string;
  updatedAt: string;
}
