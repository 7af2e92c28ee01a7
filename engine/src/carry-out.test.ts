import { expect, it } from 'vitest';
import { carryOut } from './carry-out.ts';

type Rooms = Parameters<typeof carryOut>[1];

it('an inventory leaves out what a stream writes that came while the inventory was waiting', async () => {
  const mended = Promise.withResolvers<void>();
  const told: string[] = [];
  const streams = new Map<string, { writing: ReadonlySet<string>; retellFootage: () => void }>();
  const done = carryOut({ type: 'inventory', id: 1, stream_id: 'cam', since: '2026-01-02T03:04:00.000Z' }, {
    footage: {
      tell: async ({ writing }: { writing: () => ReadonlySet<string> }) => {
        await mended.promise;
        told.push(...['closed.mp4', 'growing.mp4'].filter((name) => !writing().has(name)));
      },
    },
    registry: { recorded: (id: string) => streams.get(id) },
  } as unknown as Rooms);
  const retellFootage = () => void told.push('growing.mp4 as it grows');
  streams.set('cam', { writing: new Set(['growing.mp4']), retellFootage });
  mended.resolve();
  await done;
  expect(told).toEqual(['closed.mp4', 'growing.mp4 as it grows']);
});
