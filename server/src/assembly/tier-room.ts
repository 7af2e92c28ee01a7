import { join } from 'node:path';
import { surroundingsOf } from '@nightjar/contract/outbound';
import type { Database } from '../database/index.ts';
import type { Events } from '../events/index.ts';
import type { ClockSteps } from '../recordings/index.ts';
import { Mover, Tiers } from '../recordings/tiers/index.ts';
import type { System } from '../system/index.ts';
import type { Context } from './context.ts';

/** Footage in other places than the disk of the recording. */
export function openTiers(
  { machine, environment, settings, shutdown, bus }: Context,
  parts: { database: Database; events: Events; system: System; clockSteps: ClockSteps },
): Tiers {
  const { clock, log, interfaces } = machine;
  const { database, events, system, clockSteps } = parts;
  const tiers = new Tiers({
    ...{ database, clock, log },
    mover: new Mover(clock),
    placement: () => ({
      config: settings.config.tiers,
      basePath: settings.config.recording.base_path,
      keys: environment.storeKeys ?? {},
      outbound: settings.config.network,
      own: surroundingsOf(interfaces()).own,
    }),
    scratch: join(environment.dataDir, 'scratch', 'tiers'),
    freeBytes: () => system.freeBytes(settings.config.recording.base_path),
    agesHold: () => !clockSteps.stepped,
    happened: (happening) => events.publish(happening),
  });
  bus.on('engine.here', () => void tiers.plan());
  settings.onReload(() => void tiers.plan());
  shutdown.add('tiers', () => tiers.close());
  return tiers;
}
