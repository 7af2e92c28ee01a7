import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { problemText } from '../api/problem.ts';
import type { RetentionPreviewed } from '../api/types.ts';
import { SureButton } from '../controls/buttons/sure-button.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import type { RetentionChange } from './retention.ts';

/** What would be deleted at once, and the way to do it. */
export function RetentionPreview(props: {
  change: RetentionChange;
  onSave: () => Promise<void>;
  onReset: () => void;
}) {
  const { change, onSave } = props;
  const api = useApi();
  const action = useAction();
  const { min_free_bytes: _free, ...asked } = change;
  const { data, error } = useQuery({
    queryKey: ['storage-preview', asked],
    queryFn: ({ signal }) => api.post<RetentionPreviewed>('/api/storage/preview', asked, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const sure = data && data.files > 0 ? t.retention.deletes(formatBytes(data.bytes), data.files) : null;
  return (
    <div className="grid gap-3 border-t border-line pt-3" data-part="preview" role="status">
      <Problem text={error && problemText(error)} />
      {data && (
        <>
          <p className={sure === null ? 'text-good' : 'font-semibold text-bad'} data-files={data.files}>
            {sure ?? t.retention.nothing}
          </p>
          <ul className="grid gap-1">
            {data.streams
              .filter(({ files }) => files > 0)
              .map(({ id, bytes, seconds, until }) => (
                <li key={id} className="flex flex-wrap justify-between gap-x-3">
                  <span className="font-semibold">{id}</span>
                  <span className="text-faint">
                    {formatBytes(bytes)} · {formatDuration(seconds)} ·{' '}
                    {t.retention.until(formatTime(until, new Date()))}
                  </span>
                </li>
              ))}
          </ul>
        </>
      )}
      <Problem text={action.problem} />
      <div className="flex flex-wrap gap-2">
        {sure === null ? (
          <button
            type="button"
            className="button primary"
            disabled={action.busy || data === undefined}
            onClick={() => action.run(onSave)}
          >
            {t.app.save}
          </button>
        ) : (
          <SureButton
            className="button danger filled"
            label={t.retention.save}
            title={t.retention.sureTitle}
            text={sure}
            confirm={t.retention.save}
            act={onSave}
          >
            {t.retention.save}
          </SureButton>
        )}
        <button type="button" className="button" onClick={props.onReset}>
          {t.app.cancel}
        </button>
      </div>
    </div>
  );
}
