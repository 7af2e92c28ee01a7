import type { FactSink } from './engine-link/index.ts';
import { eventOf } from './events/index.ts';
import type { Rooms } from './rooms.ts';

/** Tells stored facts as events; last of the sinks, for it asks the others. */
export function eventSink({ events, recordings, streams }: Rooms): FactSink {
  return {
    store: async () => undefined,
    observe(fact) {
      const happening = eventOf(fact, {
        currentFile: (id) => recordings.activity(id)?.filename,
        paused: (id) => streams.recordingPaused(id),
        isNews: (each) => recordings.isNews(each),
      });
      if (happening) events.publish(happening);
    },
  };
}
