import type { ReactNode } from 'react';
import { useStreams } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { mayOpenOriginals } from './originals/may-open.ts';

const SORTS = ['newest', 'oldest', 'longest', 'largest'] as const;

/** Which recordings are shown, days as their inputs hold them. */
export interface Filter {
  /** Empty: of every camera. */
  camera: string;
  from: string;
  to: string;
  /** Only what is kept from deletion. */
  kept: boolean;
  sort: (typeof SORTS)[number];
}

/** What narrows a list of recordings; `children` stand at the end. */
export function Filters(props: {
  filter: Filter;
  originals: boolean;
  onChange: (change: Partial<Filter>) => void;
  children: ReactNode;
}) {
  const { filter, originals, onChange } = props;
  const { data: streams = [] } = useStreams();
  const { can } = useSession();
  const shown = originals ? streams.filter(({ id }) => mayOpenOriginals(can, id)) : streams;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <select
        className="button"
        aria-label={t.recordings.camera}
        value={filter.camera}
        onChange={(event) => onChange({ camera: event.target.value })}
      >
        <option value="">{t.recordings.everyCamera}</option>
        {shown.map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      <input
        type="date"
        className="!w-auto"
        aria-label={t.recordings.from}
        value={filter.from}
        onChange={(event) => onChange({ from: event.target.value })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        className="!w-auto"
        aria-label={t.recordings.to}
        value={filter.to}
        onChange={(event) => onChange({ to: event.target.value })}
      />
      <select
        className="button"
        aria-label={t.recordings.sort}
        value={filter.sort}
        onChange={(event) => onChange({ sort: event.target.value as Filter['sort'] })}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {t.recordings.sorts[sort]}
          </option>
        ))}
      </select>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          checked={filter.kept}
          onChange={(event) => onChange({ kept: event.target.checked })}
        />
        {t.recordings.keptOnly}
      </label>
      {props.children}
    </div>
  );
}
