import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ApiError } from '../api/api-error.ts';
import { ApiClient } from '../api/client.ts';
import { AddCameraDialog } from '../cameras/add-camera-dialog.tsx';
import { browserClock } from '../clock/clock.ts';
import { StreamPage } from '../stream-page/stream-page.tsx';
import { Announcer } from '../streams/announcer.tsx';
import { StreamsStore } from '../streams/streams-store.ts';
import { t } from '../strings/index.ts';
import { Wall } from '../wall/wall.tsx';
import { ConnectionBanner } from './banner.tsx';
import { Header } from './header.tsx';
import { type Route, streamHash, useRoute } from './route.ts';
import { usePageHidden } from './visibility.ts';

/** Everything a signed-in person sees. */
export function Console(props: {
  token: string;
  onSignOut: () => void;
  onRefused: (error: ApiError) => void;
}) {
  const [api] = useState(() => new ApiClient({ token: props.token, fetch: fetch.bind(globalThis) }));
  const [store] = useState(() => new StreamsStore({ api, clock: browserClock, onRefused: props.onRefused }));
  const state = useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.state,
  );
  const [adding, setAdding] = useState(false);
  const route = useRoute();
  useStoreLife(store, route);

  const added = (id: string) => {
    setAdding(false);
    store.refresh();
    location.hash = streamHash(id);
  };
  return (
    <>
      <button type="button" className="skip-link" onClick={focusContent}>
        {t.app.skipToContent}
      </button>
      <Header onAdd={() => setAdding(true)} onSignOut={props.onSignOut} />
      <ConnectionBanner connection={state.connection} />
      <Announcer streams={state.streams} />
      <main id="content" className="content" tabIndex={-1}>
        {route.page === 'stream' ? (
          <StreamPage key={route.id} id={route.id} state={state} store={store} api={api} />
        ) : (
          <Wall streams={state.streams} details={state.details} api={api} onAdd={() => setAdding(true)} />
        )}
      </main>
      {adding && <AddCameraDialog api={api} onClose={() => setAdding(false)} onAdded={added} />}
    </>
  );
}

function useStoreLife(store: StreamsStore, route: Route): void {
  const hidden = usePageHidden();
  const selected = route.page === 'stream' ? route.id : null;
  useEffect(() => {
    store.start();
    return () => store.close();
  }, [store]);
  useEffect(() => store.setHidden(hidden), [store, hidden]);
  useEffect(() => store.setSelected(selected), [store, selected]);
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
