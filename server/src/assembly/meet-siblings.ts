import type { Environment, Settings, Shutdown } from '../kernel/index.ts';
import { openSiblings, type Siblings } from '../system/siblings/index.ts';
import type { Context, Keys, Machine, Rooms } from './rooms.ts';

/** The other servers of this installation, where the configuration says how to meet them. */
export function openSiblingsOf(
  parts: { machine: Machine; environment: Environment; settings: Settings; shutdown: Shutdown },
  keys: Keys,
): Siblings {
  const { machine, environment, settings, shutdown } = parts;
  const { clock, log } = machine;
  const { redisPassword: password } = environment;
  const siblings = openSiblings({ settings: settings.config.redis, password, clock, log, key: keys.tokens });
  shutdown.add('siblings', () => siblings.close());
  return siblings;
}

/** What happens here is told to them, and what they tell happens here. */
export function meetSiblings({ siblings, bus }: Context, { events, guessedElsewhere }: Rooms): void {
  siblings.listen({
    event: ({ event }) => events.publishOf(event),
    streams: () => bus.emit('streams.changed', undefined),
    access: () => bus.emit('access.changed', undefined),
    guess: ({ whose, ...guess }) => guessedElsewhere(whose, guess),
  });
  bus.on('streams.changed', () => siblings.tell({ kind: 'streams' }));
  bus.on('access.changed', () => siblings.tell({ kind: 'access' }));
}
