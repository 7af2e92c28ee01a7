import { t } from '../strings/index.ts';

/** Which part of a list is shown, and the way to the next. */
export function Pager(props: {
  total: number;
  limit: number;
  offset: number;
  onChange: (offset: number) => void;
}) {
  const { total, limit, offset } = props;
  if (total <= limit && offset === 0) return null;
  return (
    <div className="flex items-center justify-end gap-2 text-faint tabular-nums">
      {t.app.page(Math.min(offset + 1, total), Math.min(offset + limit, total), total)}
      <button
        type="button"
        className="button"
        disabled={offset === 0}
        onClick={() => props.onChange(Math.max(0, offset - limit))}
      >
        {t.app.earlier}
      </button>
      <button
        type="button"
        className="button"
        disabled={offset + limit >= total}
        onClick={() => props.onChange(offset + limit)}
      >
        {t.app.later}
      </button>
    </div>
  );
}
