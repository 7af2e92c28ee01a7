import type { Event } from '../../../events/index.ts';
import { footagePath } from '../present.ts';

const texts = new WeakMap<Event, string>();

/** An event as S2 words it, made once however many sockets are sent it. */
export function textOf(event: Event): string {
  const made = texts.get(event);
  if (made !== undefined) return made;
  const shown =
    'filename' in event ? { ...event, filename: footagePath(event.stream_id, event.filename) } : event;
  const text = JSON.stringify(shown);
  texts.set(event, text);
  return text;
}
