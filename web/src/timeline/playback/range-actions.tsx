import { useQueryClient } from '@tanstack/react-query';
import { Download, FileVideo, Lock, Scissors, X } from 'lucide-react';
import { useState } from 'react';
import { type ApiClient, movieName, moviePath, streamPath } from '../../api/client.ts';
import { problemText } from '../../api/problem.ts';
import type { Job } from '../../api/types.ts';
import { IconButton } from '../../controls/buttons/icon-button.tsx';
import { ExportJob } from '../../exports/export-job.tsx';
import { FileLink } from '../../pictures/file-link.tsx';
import { useSession } from '../../session/session.ts';
import { formatDuration } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { Range } from '../timeline-bar.tsx';
import { MINUTE } from '../visible.ts';

const FIRST_MS = MINUTE / 2;

/** A stretch of time is chosen, downloaded and kept from deletion. */
export function RangeActions(props: {
  cameras: readonly string[];
  /** The moment that is shown now. */
  moment: () => number;
  range: Range | null;
  onChange: (range: Range | null) => void;
}) {
  const { cameras, moment, range, onChange } = props;
  const { api, can } = useSession();
  const client = useQueryClient();
  const [told, setTold] = useState<string | null>(null);
  const [job, setJob] = useState<string | null>(null);
  if (range === null) return <ChooseRange moment={moment} onChange={onChange} />;
  const exportAll = () => {
    setTold(null);
    const body = { streams: cameras, start: isoOf(range.start), end: isoOf(range.end), signed: true };
    api
      .post<Job>('/api/exports', body)
      .then(({ id }) => setJob(id))
      .catch((error: unknown) => setTold(problemText(error)));
  };
  const protect = () => {
    setTold(null);
    keepFootage(api, cameras, range)
      .then((count) => {
        setTold(t.timeline.protectedFiles(count));
        return client.invalidateQueries({ queryKey: ['footage'] });
      })
      .catch((error: unknown) => setTold(problemText(error)));
  };
  return (
    <>
      <span className="text-faint tabular-nums">{formatDuration((range.end - range.start) / 1000)}</span>
      <button type="button" className="button" onClick={() => onChange(from(range, moment()))}>
        {t.timeline.startHere}
      </button>
      <button
        type="button"
        className="button"
        onClick={() => onChange(to(range, moment()))}
        data-part="end-here"
      >
        {t.timeline.endHere}
      </button>
      {cameras.map((id) => (
        <FileLink
          key={id}
          className="button primary"
          href={moviePath({ id, ...range })}
          name={movieName({ id, ...range })}
          camera={id}
        >
          <Download className="icon" aria-hidden="true" />
          {cameras.length === 1 ? t.recorded.download : id}
        </FileLink>
      ))}
      <button type="button" className="button" onClick={exportAll} data-part="export">
        <FileVideo className="icon" aria-hidden="true" />
        {t.exports.create}
      </button>
      {cameras.every((id) => can('recordings:write', id)) && (
        <button type="button" className="button" onClick={protect}>
          <Lock className="icon" aria-hidden="true" />
          {t.timeline.protect}
        </button>
      )}
      <IconButton icon={X} label={t.timeline.clearRange} onClick={() => onChange(null)} />
      {job !== null && (
        <span className="w-full">
          <ExportJob id={job} />
        </span>
      )}
      {told !== null && (
        <span className="w-full text-right text-faint" role="status">
          {told}
        </span>
      )}
    </>
  );
}

/** Begins with half a minute from the moment that is shown. */
function ChooseRange(props: { moment: () => number; onChange: (range: Range) => void }) {
  const choose = () => {
    const start = props.moment();
    props.onChange({ start, end: Math.min(start + FIRST_MS, Date.now()) });
  };
  return (
    <button type="button" className="button" data-part="choose-range" onClick={choose}>
      <Scissors className="icon" aria-hidden="true" />
      {t.timeline.chooseRange}
    </button>
  );
}

const isoOf = (at: number): string => new Date(at).toISOString();

/** The least that can be chosen. */
const LEAST_MS = 1_000;
const from = ({ end }: Range, at: number): Range => ({ start: at, end: Math.max(end, at + LEAST_MS) });
const to = ({ start }: Range, at: number): Range => ({ start: Math.min(start, at - LEAST_MS), end: at });

/** Protects every file with footage of the range; resolves to their number. */
async function keepFootage(api: ApiClient, cameras: readonly string[], range: Range): Promise<number> {
  const perCamera = await Promise.all(
    cameras.map(async (id) => {
      const { recordings } = await api.listRecordings(id, new Date(range.start), new Date(range.end));
      return recordings.map(({ filename }) => `${streamPath(id)}/recordings/${encodeURIComponent(filename)}`);
    }),
  );
  const paths = perCamera.flat();
  for (const path of paths) await api.patch(path, { protected: true });
  return paths.length;
}
