import type { Context } from '../assembly/context.ts';
import { checkModel } from './check.ts';
import { Models } from './models.ts';

/** Networks that find objects in pictures. */
export function openModels({ machine, settings, shutdown, bus }: Context): Models {
  const { clock, log } = machine;
  const models = new Models({
    clock,
    check: (detector) => checkModel(detector, clock),
    settings: () => {
      const { enabled, device, models_path: folder, threads } = settings.config.inference;
      return { enabled, folder, threads, device: device === 'gpu' ? 'cuda' : device };
    },
    changed: () => bus.emit('streams.changed', undefined),
    failed: (error) => log.error({ err: error }, 'the folder of the models cannot be read'),
  });
  shutdown.add('models', () => models.close());
  settings.onReload(() => models.look());
  models.look();
  return models;
}
