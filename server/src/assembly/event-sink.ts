import type { EngineLink, FactSink } from '../engine-link/index.ts';
import { eventOf } from '../events/index.ts';
import { RecordingTriggers } from '../events/triggers/index.ts';
import { Marker, Portraits } from '../inference/index.ts';
import { type App, clientAddresses } from '../kernel/index.ts';
import { isLiveSocket } from '../surfaces/live/index.ts';
import { EventSockets } from '../surfaces/manager/index.ts';
import type { Context, Rooms } from './rooms.ts';

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

/** S2's sockets of events, on the upgrades of the listener that are nobody else's. */
export function openEventSockets(app: App, context: Context, rooms: Rooms): EventSockets {
  const { machine, settings, shutdown, bus } = context;
  const { clock, log } = machine;
  const sockets = new EventSockets({
    events: rooms.events,
    clock,
    log,
    tickets: rooms.eventTickets,
    authenticate: (credential) => rooms.access.authenticate(credential),
    addressOf: clientAddresses(settings.config.server.trusted_proxies),
    limits: () => settings.config.limits,
  });
  sockets.attach(app.server, isLiveSocket);
  bus.on('access.changed', () => sockets.recheck());
  // Before the listener, which waits for them.
  shutdown.add('event sockets', () => sockets.close());
  return sockets;
}

/** What networks find is bookmarked, and pictures of it are kept, where a stream's settings say so. */
export function keepDetections({ machine }: Context, { events, streams, bookmarks, snapshots }: Rooms): void {
  const { clock, log } = machine;
  const marker = new Marker({
    clock,
    wanted: async (id) => (await streams.get(id)).stream.inference.bookmarks,
    create: (bookmark) => bookmarks.create(bookmark),
    failed: (error) => log.warn({ err: error }, 'what was found could not be bookmarked'),
  });
  const portraits = new Portraits({
    wanted: async (id) => (await streams.get(id)).stream.inference.snapshots,
    create: (snapshot) => snapshots.create(snapshot),
    remove: (snapshot) => snapshots.remove(snapshot),
    failed: (error) => log.warn({ err: error }, 'no picture could be kept of what was found'),
  });
  events.listen((event) => {
    marker.observe(event);
    portraits.observe(event);
  });
}

/** What happens on streams that are recorded around events reaches the engine. */
export function recordAroundEvents(
  { machine, bus }: Context,
  { events, streams }: Rooms,
  link: Pick<EngineLink, 'keepFootage'>,
): void {
  const triggers = new RecordingTriggers({
    clock: machine.clock,
    eventsOf: (id) => streams.recordingEvents(id),
    keep: (id, seconds) => link.keepFootage(id, seconds),
  });
  events.listen((event) => triggers.observe(event), 'all');
  bus.on('engine.here', () => triggers.engineHere());
}
