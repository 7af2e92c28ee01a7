import { useId, useState } from 'react';
import type { Recording, RecordingList } from '../api/types.ts';
import { Icon } from '../controls/icons.tsx';
import { useRecordings } from '../queries/streams.ts';
import { formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { dayValue, endOfDay, parseDay, startOfDay } from './today.ts';

/** The recordings of a day, today's first; one that is chosen is played. */
export function RecordingsPanel(props: {
  id: string;
  /** Name of the file that is played now. */
  current: string | null;
  onPlay: (recording: Recording) => void;
}) {
  const field = useId();
  const today = startOfDay(new Date());
  const [day, setDay] = useState(today);
  const { data, isError: failed } = useRecordings(props.id, day.getTime(), endOfDay(day).getTime());
  const list = data ?? null;
  const isToday = day.getTime() === today.getTime();
  return (
    <section className="card" data-recordings={list?.total}>
      <div className="recordings-day">
        <h2>{t.recordings.title}</h2>
        <label className="visually-hidden" htmlFor={field}>
          {t.recordings.day}
        </label>
        <input
          id={field}
          type="date"
          value={dayValue(day)}
          max={dayValue(today)}
          onChange={(event) => setDay(parseDay(event.target.value) ?? today)}
        />
      </div>
      {list === null && <p className="faint">{failed ? t.recordings.unavailable : t.recordings.loading}</p>}
      {list?.total === 0 && <p className="faint">{isToday ? t.recordings.noneToday : t.recordings.none}</p>}
      {list !== null && list.total > 0 && (
        <Recordings list={list} current={props.current} onPlay={props.onPlay} />
      )}
    </section>
  );
}

function Recordings(props: {
  list: RecordingList;
  current: string | null;
  onPlay: (recording: Recording) => void;
}) {
  const { list } = props;
  return (
    <>
      <p className="recordings-sum">
        <strong>{formatBytes(list.total_size)}</strong>
        <span className="faint">
          {formatDuration(list.total_duration)} · {t.recordings.files(list.total)}
        </span>
      </p>
      <div className="recordings-scroll">
        <table className="recordings">
          <thead className="visually-hidden">
            <tr>
              <th>{t.recordings.startedAt}</th>
              <th>{t.recordings.duration}</th>
              <th>{t.recordings.size}</th>
            </tr>
          </thead>
          <tbody>
            {list.recordings.map((recording) => (
              <Row
                key={recording.filename}
                recording={recording}
                current={recording.filename === props.current}
                onPlay={props.onPlay}
              />
            ))}
          </tbody>
        </table>
      </div>
      {list.total > list.recordings.length && (
        <p className="faint">{t.recordings.more(list.total - list.recordings.length)}</p>
      )}
    </>
  );
}

function Row(props: { recording: Recording; current: boolean; onPlay: (recording: Recording) => void }) {
  const { recording, current } = props;
  const start = new Date(recording.created_at);
  const time = formatTime(recording.created_at, start);
  return (
    <tr title={recording.filename} aria-current={current ? 'true' : undefined}>
      <td>
        <button
          type="button"
          className="play-recording"
          data-recording={recording.filename}
          aria-label={t.recordings.play(time)}
          onClick={() => props.onPlay(recording)}
        >
          <Icon name="play" />
          {time}
        </button>
        {!recording.closed && <span className="growing">{t.recordings.growing}</span>}
      </td>
      <td>{formatDuration(recording.duration)}</td>
      <td>{formatBytes(recording.size)}</td>
    </tr>
  );
}
