import { useEffect, useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import type { RecordingList } from '../api/types.ts';
import { usePageHidden } from '../app/visibility.ts';
import { formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { startOfDay } from './today.ts';

const EVERY_MS = 10_000;
const SHOWN = 4;

/** How much was recorded today, and the latest files. */
export function RecordingsPanel({ id, api }: { id: string; api: ApiClient }) {
  const { list, failed } = useRecordingsToday(id, api);
  return (
    <section className="card" data-recordings={list?.total}>
      <h2>{t.recordings.title}</h2>
      {list === null && <p className="faint">{failed ? t.recordings.unavailable : t.recordings.loading}</p>}
      {list !== null && list.total === 0 && <p className="faint">{t.recordings.none}</p>}
      {list !== null && list.total > 0 && <Recordings list={list} />}
    </section>
  );
}

function Recordings({ list }: { list: RecordingList }) {
  const now = new Date();
  return (
    <>
      <p className="recordings-sum">
        <strong>{formatBytes(list.total_size)}</strong>
        <span className="faint">
          {formatDuration(list.total_duration)} · {t.recordings.files(list.total)}
        </span>
      </p>
      <table className="recordings">
        <thead className="visually-hidden">
          <tr>
            <th>{t.recordings.startedAt}</th>
            <th>{t.recordings.duration}</th>
            <th>{t.recordings.size}</th>
          </tr>
        </thead>
        <tbody>
          {list.recordings.slice(0, SHOWN).map((recording) => (
            <tr key={recording.filename} title={recording.filename}>
              <td>
                {formatTime(recording.created_at, now)}
                {!recording.closed && <span className="growing">{t.recordings.growing}</span>}
              </td>
              <td>{formatDuration(recording.duration)}</td>
              <td>{formatBytes(recording.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.total > SHOWN && <p className="faint">{t.recordings.more(list.total - SHOWN)}</p>}
    </>
  );
}

function useRecordingsToday(id: string, api: ApiClient): { list: RecordingList | null; failed: boolean } {
  const hidden = usePageHidden();
  const [list, setList] = useState<RecordingList | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (hidden) return;
    const abort = new AbortController();
    const read = async () => {
      try {
        const fresh = await api.listRecordings(id, startOfDay(new Date()), abort.signal);
        if (abort.signal.aborted) return;
        setList(fresh);
        setFailed(false);
      } catch {
        // The list of streams asks the same server and says what is wrong with it.
        setFailed(true);
      }
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [id, api, hidden]);
  return { list, failed };
}
