import { z } from 'zod';
import { StreamId } from '../stream.ts';
import { listOf } from './access.ts';

const MAX_TRACKS = 48;
const Cell = z
  .int()
  .min(0)
  .max(MAX_TRACKS - 1);
const Span = z.int().min(1).max(MAX_TRACKS);

/** One picture of a wall, on a grid whose unit is a column. */
export const Tile = z
  .strictObject({
    camera_id: StreamId,
    stream_id: StreamId.nullable().default(null).describe('null is the stream that is shown of the camera.'),
    x: Cell,
    y: z.int().min(0).max(1_000),
    w: Span.default(1),
    h: Span.default(1),
  })
  .meta({ id: 'Tile' });

const Name = z.string().trim().min(1).max(100);
const Columns = z.int().min(1).max(MAX_TRACKS);
const Tiles = z.array(Tile).max(500);
const Shared = z.boolean().describe('Everybody may use it; its owner alone changes it.');

export const CreateLayout = z
  .strictObject({
    name: Name,
    columns: Columns.default(4),
    tiles: Tiles.default([]),
    shared: Shared.default(false),
  })
  .meta({
    id: 'CreateLayout',
    examples: [{ name: 'Entrances', columns: 2, tiles: [{ camera_id: 'door', x: 0, y: 0 }] }],
  });
export const UpdateLayout = z
  .strictObject({ name: Name, columns: Columns, tiles: Tiles, shared: Shared })
  .partial()
  .meta({ id: 'UpdateLayout' });

export const Layout = z
  .object({
    id: z.string(),
    name: z.string(),
    columns: z.int(),
    tiles: z.array(Tile).describe('Those within reach of who asks.'),
    shared: z.boolean(),
    own: z.boolean().describe('Whether who asks may change it.'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Layout' });
export const LayoutList = listOf(Layout, 'LayoutList');
