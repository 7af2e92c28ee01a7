import { expect, it } from 'vitest';
import { FakeClock } from '../../clock/fake-clock.ts';
import { type SeenObject, SeenObjects } from './seen-objects.ts';

const cat: SeenObject = { object_id: '1', class: 'cat', score: 0.9, box: [0, 0, 0.5, 0.5] };
const dog: SeenObject = { ...cat, object_id: '2', class: 'dog' };

function setUp() {
  const clock = new FakeClock();
  const shown: string[] = [];
  const seen = new SeenObjects(clock, (objects) => shown.push(objects.map((one) => one.class).join()));
  return { clock, shown, seen };
}

it('shows boxes at once beside a picture that is nearly live, and forgets them', async () => {
  const { clock, shown, seen } = setUp();
  seen.heard([cat], 0.3);
  seen.heard([cat, dog], null);
  expect(shown).toEqual(['cat', 'cat,dog']);
  await clock.advance(1_999);
  seen.heard([dog], 0.2);
  await clock.advance(1_999);
  expect(shown).toEqual(['cat', 'cat,dog', 'dog']);
  await clock.advance(1);
  expect(shown.at(-1)).toBe('');
});

it('waits for a picture that comes late', async () => {
  const { clock, shown, seen } = setUp();
  seen.heard([cat], 1.4);
  await clock.advance(999);
  expect(shown).toEqual([]);
  await clock.advance(1);
  expect(shown).toEqual(['cat']);
});

it('shows nothing more once it is cleared', async () => {
  const { clock, shown, seen } = setUp();
  seen.heard([cat], 5);
  seen.heard([dog], 0);
  seen.clear();
  expect(shown).toEqual(['dog', '']);
  await clock.advance(10_000);
  expect(shown).toEqual(['dog', '']);
});
