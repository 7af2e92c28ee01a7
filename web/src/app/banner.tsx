import { ApiError } from '../api/api-error.ts';
import { Icon } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';

function textOf(error: Error): string {
  if (!(error instanceof ApiError)) return t.connection.server;
  if (error.kind === 'network') return t.connection.down;
  return error.kind === 'rate_limited' ? t.connection.busy : t.connection.server;
}

/** Says that the page may be out of date; read aloud when it appears. */
export function ConnectionBanner({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="notice m-3 mb-0 flex items-center gap-2 font-medium" role="alert">
      <Icon name="warning" />
      <span>{textOf(error)}</span>
    </p>
  );
}
