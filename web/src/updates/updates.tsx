import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { usePageHidden } from '../app/visibility.ts';
import { browserClock } from '../clock/clock.ts';
import { useSession } from '../session/session.ts';
import { eventAddress } from './event-address.ts';
import { EventSocket } from './event-socket.ts';
import { createRefresher } from './refresher.ts';

const LiveContext = createContext(false);

/** A tab that was left for a moment keeps its socket. */
const HIDDEN_GRACE_MS = 20_000;

/** Whether the server tells changes by itself; who may not hear events asks more often instead. */
export const useTold = (): boolean => useContext(LiveContext);

/** Hears of changes while somebody looks, and reads anew what they are about. */
export function Updates({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { api, can } = useSession();
  const hidden = usePageHidden(HIDDEN_GRACE_MS);
  const [told, setTold] = useState(false);
  const allowed = can('events:read');
  useEffect(() => {
    if (!allowed || hidden) return;
    const refresher = createRefresher(browserClock, (key) => {
      void client.invalidateQueries({ queryKey: [...key] });
    });
    const socket = new EventSocket({
      address: () => eventAddress(api, { types: TYPES }),
      open: (url) => new WebSocket(url),
      clock: browserClock,
      random: Math.random,
      onEvent: refresher.heard,
      onConnected: setTold,
    });
    socket.start();
    return () => {
      socket.close();
      refresher.close();
    };
  }, [allowed, hidden, api, client]);
  return <LiveContext.Provider value={told}>{children}</LiveContext.Provider>;
}

const TYPES = 'stream.*,recording.*,segment.*,system.*';
