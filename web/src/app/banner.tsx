import { Icon } from '../controls/icons.tsx';
import type { Connection } from '../streams/streams-store.ts';
import { t } from '../strings/index.ts';

const TEXT: Record<Exclude<Connection, 'ok'>, string> = {
  down: t.connection.down,
  server: t.connection.server,
  busy: t.connection.busy,
};

/** Says that the page may be out of date; read aloud when it appears. */
export function ConnectionBanner({ connection }: { connection: Connection }) {
  if (connection === 'ok') return null;
  return (
    <p className="banner" role="alert">
      <Icon name="warning" />
      <span>{TEXT[connection]}</span>
    </p>
  );
}
