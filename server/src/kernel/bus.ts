/** News that travels upward; payloads are plain values. */
export interface Bus<Events> {
  /** The returned function ends the subscription. */
  on<Name extends keyof Events>(name: Name, listener: (news: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, news: Events[Name]): void;
}

/** A bus whose listeners cannot hurt each other: what one throws goes to `onError`. */
export function createBus<Events>(onError: (error: unknown) => void): Bus<Events> {
  const listeners = new Map<keyof Events, Set<(news: never) => void>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener);
      return () => set.delete(listener);
    },
    emit(name, news) {
      for (const listener of [...(listeners.get(name) ?? [])]) {
        try {
          listener(news as never);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
