import { createHash } from 'node:crypto';
import { redactUrls } from '@nightjar/contract/outbound';
import { CreateCamera, type ImportEntry, type ImportPlan } from '@nightjar/contract/platform';
import type { CameraView } from '../index.ts';
import { type Draft, failure, info, type Reading, warning } from './draft.ts';

/** A draft with what becomes of it. */
export interface Planned {
  draft: Draft;
  entry: ImportEntry;
}

type Collision = NonNullable<ImportEntry['collision']>;

/** What cameras have of which there is one, each with whose it is; null: an earlier entry. */
class Taken {
  readonly #taken = new Map<string, string | null>();

  constructor(cameras: readonly CameraView[]) {
    for (const { camera, streams } of cameras) {
      this.#add('serial_number', camera.serialNumber, camera.id);
      for (const { stream } of streams) {
        this.#add('id', stream.id, camera.id);
        if (stream.source.shown.includes('://'))
          this.#add('source_url', placeOf(stream.source.shown), camera.id);
      }
    }
  }

  collisionOf({ id, serial_number, source_url }: ImportEntry): Collision | null {
    const fields = { id, serial_number, source_url: source_url && placeOf(source_url) };
    for (const [field, value] of Object.entries(fields) as [Collision['field'], string | null][]) {
      const owner = value === null ? undefined : this.#taken.get(`${field} ${value}`);
      if (owner !== undefined) return { field, camera_id: owner };
    }
    return null;
  }

  remember({ id, serial_number, source_url }: ImportEntry): void {
    this.#add('id', id, null);
    this.#add('serial_number', serial_number, null);
    this.#add('source_url', source_url && placeOf(source_url), null);
  }

  #add(field: string, value: string | null, owner: string | null): void {
    const key = `${field} ${value}`;
    if (value !== null && !this.#taken.has(key)) this.#taken.set(key, owner);
  }
}

/** An address without its user part: the same camera asked as another user is the same camera. */
const placeOf = (shown: string): string => shown.replace(/:\/\/[^/?@]*@/, '://').toLowerCase();

/** What S3 says of each field that is not as it must be. */
function shapeFindings(draft: Draft): Draft['findings'] {
  const { id, name, serialNumber, location, description, sourceUrl } = draft;
  const shape = CreateCamera.safeParse({
    name,
    ...(id === undefined ? {} : { id }),
    ...(serialNumber === undefined ? {} : { serial_number: serialNumber }),
    ...(location === undefined ? {} : { location }),
    ...(description === undefined ? {} : { description }),
    ...(sourceUrl === undefined ? {} : { source_url: sourceUrl }),
  });
  if (shape.success) return [];
  return shape.error.issues.map((issue) =>
    failure(String(issue.path[0] ?? 'body'), issue.message.slice(0, 200)),
  );
}

/** Ids are of Latin letters and digits: another word of the file stays the name. */
function withUsableId(draft: Draft): Draft {
  if (draft.id === undefined || CreateCamera.shape.id.safeParse(draft.id).success) return draft;
  const { id: _unusable, ...rest } = draft;
  return {
    ...rest,
    findings: [...rest.findings, info('id', 'cannot be an id here: one is made of the name')],
  };
}

const shownOf = (url: string): string => redactUrls(url).slice(0, 2048);

function entryOf(draft: Draft, key: string, recording: boolean | undefined): ImportEntry {
  const { line, id, name, serialNumber, location, description, sourceUrl, transport, onDemand, active } =
    draft;
  return {
    key,
    line: line ?? null,
    action: 'create',
    id: id ?? null,
    name: name.slice(0, 100),
    serial_number: serialNumber?.slice(0, 64) ?? null,
    location: location?.slice(0, 200) ?? null,
    description: description?.slice(0, 1000) ?? null,
    source_url: sourceUrl === undefined ? null : shownOf(sourceUrl),
    transport: transport ?? null,
    on_demand: onDemand ?? false,
    recording: recording ?? draft.recording,
    is_active: active,
    collision: null,
    findings: [...draft.findings, ...shapeFindings(draft)],
  };
}

/** How a collision is told. */
const WORDS: Readonly<Record<Collision['field'], string>> = {
  id: 'a camera of this id',
  serial_number: 'a camera of this serial number',
  source_url: 'a camera with this address',
};

function settle(planned: Planned, taken: Taken): void {
  const { entry } = planned;
  if (entry.findings.some(({ level }) => level === 'error')) {
    entry.action = 'skip';
    // What is refused for its shape is shown without it.
    if (!CreateCamera.shape.id.safeParse(entry.id ?? undefined).success) entry.id = null;
    return;
  }
  entry.collision = taken.collisionOf(entry);
  if (entry.collision) {
    const { field, camera_id } = entry.collision;
    const where = camera_id === null ? 'stands in the file before' : `is there already: ${camera_id}`;
    entry.action = 'skip';
    entry.findings.push(warning(field, `${WORDS[field]} ${where}`));
  } else taken.remember(entry);
}

/** Holds drafts against the cameras that are there; `refusals` says of each why its address is refused, if it is. */
export function planOf(
  text: string,
  { format, drafts, findings }: Reading,
  {
    recording,
    cameras,
    refusals,
  }: {
    recording: boolean | undefined;
    cameras: readonly CameraView[];
    refusals: ReadonlyMap<Draft, string>;
  },
): { plan: ImportPlan; planned: Planned[] } {
  const taken = new Taken(cameras);
  const planned = drafts.map((read, at): Planned => {
    const draft = withUsableId(read);
    const entry = entryOf(draft, String(at + 1), recording);
    const refusal = refusals.get(read);
    if (refusal !== undefined) entry.findings.push(failure('source_url', refusal));
    return { draft, entry };
  });
  for (const each of planned) settle(each, taken);
  const entries = planned.map(({ entry }) => entry);
  const create = entries.filter(({ action }) => action === 'create').length;
  const totals = { create, skip: entries.length - create };
  const digest = createHash('sha256')
    .update(JSON.stringify([text, entries]))
    .digest('base64url');
  return { plan: { format, digest, totals, entries, findings }, planned };
}
