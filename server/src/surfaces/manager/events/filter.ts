import type { Event } from '../../../events/index.ts';
import { authorize, type Principal } from '../../../kernel/index.ts';

/** Which events a socket is sent; undefined is all. */
export interface EventFilter {
  streams: ReadonlySet<string> | undefined;
  types: ReadonlySet<string> | undefined;
}

/** The filter of what a client asked for. */
export const filterOf = (asked: {
  streams?: readonly string[] | undefined;
  types?: readonly string[] | undefined;
}): EventFilter => ({
  streams: asked.streams && new Set(asked.streams),
  types: asked.types && new Set(asked.types),
});

/** Whether a principal may know of an event: of a stream within reach, or of the installation for who reaches all. */
export const mayHear = (principal: Principal | undefined, event: Event): boolean => {
  const object =
    'stream_id' in event ? ({ kind: 'stream', id: event.stream_id } as const) : ({ kind: 'system' } as const);
  return authorize(principal, 'events:read', object) === 'allowed';
};

/** Whether an event is asked for. What concerns no stream passes any list of streams. */
export function passes({ streams, types }: EventFilter, event: Event): boolean {
  const { type } = event;
  if (types && !types.has(type) && !types.has(`${type.slice(0, type.indexOf('.'))}.*`)) return false;
  return streams === undefined || !('stream_id' in event) || streams.has(event.stream_id);
}
