import type { ApplyImport, ImportDone, ImportPlan, PlanImport } from '@nightjar/contract/platform';
import { type CameraTargets, DomainError } from '../../kernel/index.ts';
import type { Cameras } from '../index.ts';
import type { Draft } from './draft.ts';
import { type Planned, planOf } from './plan.ts';

interface Options {
  cameras: Pick<Cameras, 'list' | 'create'>;
  targets: CameraTargets;
}

/** Names that are looked up at once. */
const AT_ONCE = 32;

/**
 * Many cameras from one file. What would become of it is shown first, and carried out only if it is still that:
 * nothing is kept between the two, least of all a password of the file.
 */
export class Imports {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws INVALID_CONFIGURATION for a text that cannot be read. */
  async plan(wanted: PlanImport): Promise<ImportPlan> {
    return (await this.#planned(wanted)).plan;
  }

  /** One camera after another; one that is refused keeps no other away. Throws CONFLICT when the plan is another. */
  async apply({ digest, only, ...wanted }: ApplyImport): Promise<ImportDone> {
    const { plan, planned } = await this.#planned(wanted);
    if (plan.digest !== digest) {
      throw new DomainError('CONFLICT', 'Something has changed since the plan was made: look at it again', {
        field: 'digest',
      });
    }
    const keys = only && new Set(only);
    const chosen = planned.filter(({ entry }) => entry.action === 'create' && (keys?.has(entry.key) ?? true));
    const done: ImportDone = { created: [], refused: [], skipped: planned.length - chosen.length };
    for (const { draft, entry } of chosen) {
      try {
        done.created.push({ key: entry.key, camera_id: await this.#create(draft, entry.recording) });
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        done.refused.push({ key: entry.key, message: messageOf(error) });
      }
    }
    return done;
  }

  async #create(draft: Draft, recording: boolean): Promise<string> {
    const { id, name, serialNumber, location, description, sourceUrl, transport, onDemand, active } = draft;
    const { camera } = await this.#options.cameras.create({
      ...{ id, name, serialNumber, sourceUrl, recording, active },
      location: location ?? null,
      description: description ?? null,
      stream: { transport, on_demand: onDemand },
    });
    return camera.id;
  }

  async #planned(wanted: PlanImport): Promise<{ plan: ImportPlan; planned: Planned[] }> {
    // Its parsers are needed on the day of the move, and by few.
    const { readCameras } = await import('./read.ts');
    const reading = readCameras(wanted.text, wanted.format);
    const refusals = await this.#refusals(reading.drafts);
    const cameras = await this.#options.cameras.list();
    return planOf(wanted.text, reading, { recording: wanted.recording, cameras, refusals });
  }

  /** Why addresses may not be reached, each in words that hold no secret. */
  async #refusals(drafts: readonly Draft[]): Promise<Map<Draft, string>> {
    const refused = new Map<Draft, string>();
    for (let at = 0; at < drafts.length; at += AT_ONCE) {
      await Promise.all(
        drafts.slice(at, at + AT_ONCE).map(async (draft) => {
          const message = await this.#refusalOf(draft);
          if (message !== undefined) refused.set(draft, message);
        }),
      );
    }
    return refused;
  }

  async #refusalOf({ sourceUrl }: Draft): Promise<string | undefined> {
    if (sourceUrl === undefined) return undefined;
    try {
      await this.#options.targets.check(sourceUrl, 'source_url');
      return undefined;
    } catch (error) {
      if (error instanceof DomainError) return messageOf(error);
      throw error;
    }
  }
}

const messageOf = (error: Error): string =>
  error instanceof DomainError ? error.message.replace(/^source_url: /, '') : 'it could not be stored';
