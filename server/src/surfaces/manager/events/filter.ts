import type { Event } from '../../../events/index.ts';

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

/** Whether an event is asked for. What concerns no stream passes any list of streams. */
export function passes({ streams, types }: EventFilter, event: Event): boolean {
  const { type } = event;
  if (types && !types.has(type) && !types.has(`${type.slice(0, type.indexOf('.'))}.*`)) return false;
  return streams === undefined || !('stream_id' in event) || streams.has(event.stream_id);
}
