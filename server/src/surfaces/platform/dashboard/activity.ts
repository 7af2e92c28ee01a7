import type { Activity } from '@nightjar/contract/platform';
import type { z } from 'zod';
import type { AuditEntry } from '../../../access/audit/index.ts';
import type { Events } from '../../../events/index.ts';
import { type Principal, sees } from '../../../kernel/index.ts';
import type { Owners } from '../recordings/present.ts';

type Activity_ = z.infer<typeof Activity>;
type Event = ReturnType<Events['after']>['events'][number];

const SEVERITIES: readonly [RegExp, Activity_['severity']][] = [
  [/^(stream\.error|recording\.failed|bookmark\.failed|snapshot\.failed|job\.failed)$/, 'error'],
  [/^(stream\.certificate_changed|camera\.events_lost|system\.engine_away)$/, 'warning'],
];

const severityOf = (type: string): Activity_['severity'] =>
  SEVERITIES.find(([pattern]) => pattern.test(type))?.[1] ?? 'info';

/** Whether an event concerns what a principal may know of. */
function mayKnow(event: Event, principal: Principal | undefined): boolean {
  if ('stream_id' in event) return sees(principal, 'cameras:read', event.stream_id);
  return principal?.reach === 'all' && !('owner' in event);
}

/** What is to be said beside its type: what went wrong, what was seen, what a camera noticed. */
function messageOf(event: Event): string | null {
  if ('error' in event) return event.error ?? null;
  if ('class' in event) return event.class;
  return 'topic' in event ? event.topic : null;
}

/** Something that happened. */
function ofEvent(event: Event, owners: Owners): Activity_ {
  const camera = 'stream_id' in event ? owners.get(event.stream_id)?.camera : undefined;
  return {
    id: `event-${event.id}`,
    at: event.timestamp,
    type: event.type,
    kind: 'event',
    severity: severityOf(event.type),
    camera_id: camera?.id ?? null,
    camera_name: camera?.name ?? null,
    actor: null,
    outcome: null,
    message: messageOf(event),
  };
}

/** Something that somebody did. */
function ofEntry(entry: Omit<AuditEntry, 'mac'>, owners: Owners): Activity_ {
  const id = /"id":"([A-Za-z0-9_-]{1,64})"/.exec(entry.object)?.[1] ?? '';
  const camera = owners.get(id)?.camera;
  const outcome = entry.outcome as NonNullable<Activity_['outcome']>;
  return {
    id: `action-${entry.id}`,
    at: entry.at,
    type: entry.action,
    kind: 'action',
    severity: outcome === 'done' ? 'info' : 'warning',
    camera_id: camera?.id ?? null,
    camera_name: camera?.name ?? null,
    actor: entry.actor_name || entry.actor,
    outcome,
    message: null,
  };
}

interface Sources {
  events: readonly Event[];
  /** Empty for who may not read the audit log. */
  entries: readonly Omit<AuditEntry, 'mac'>[];
  owners: Owners;
  principal: Principal | undefined;
}

/** What happened and what was done, newest first. */
export function activityOf(
  { events, entries, owners, principal }: Sources,
  asked: Partial<Record<'camera_id' | 'type' | 'from' | 'to', string | undefined>>,
): Activity_[] {
  const [from, to] = [Date.parse(asked.from ?? ''), Date.parse(asked.to ?? '')];
  const all = [
    ...events.filter((event) => mayKnow(event, principal)).map((event) => ofEvent(event, owners)),
    ...entries.map((entry) => ofEntry(entry, owners)),
  ];
  return all
    .filter(({ camera_id }) => asked.camera_id === undefined || camera_id === asked.camera_id)
    .filter(({ type }) => type.startsWith(asked.type ?? ''))
    .filter(({ at }) => !(Date.parse(at) < from) && !(Date.parse(at) >= to))
    .toSorted((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));
}
