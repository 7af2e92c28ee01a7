import { useEffect, useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import type { RecordingList } from '../api/types.ts';
import { usePageHidden } from '../app/visibility.ts';
import { endOfDay, startOfDay } from './today.ts';

const EVERY_MS = 10_000;

/** The recordings of the day that begins at `day`, read again every 10 s while it is today. */
export function useRecordings(
  id: string,
  day: Date,
  api: ApiClient,
): { list: RecordingList | null; failed: boolean } {
  const hidden = usePageHidden();
  const from = day.getTime();
  const [read, setRead] = useState<{ from: number; list: RecordingList } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (hidden) return;
    const abort = new AbortController();
    const since = new Date(from);
    const readDay = async () => {
      try {
        const list = await api.listRecordings(id, since, endOfDay(since), abort.signal);
        if (abort.signal.aborted) return;
        setRead({ from, list });
        setFailed(false);
      } catch {
        // The list of streams asks the same server and says what is wrong with it.
        if (!abort.signal.aborted) setFailed(true);
      }
    };
    void readDay();
    const today = from === startOfDay(new Date()).getTime();
    const timer = today ? setInterval(() => void readDay(), EVERY_MS) : undefined;
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [id, api, hidden, from]);
  // What was read of another day is not shown for this one.
  return { list: read?.from === from ? read.list : null, failed };
}
