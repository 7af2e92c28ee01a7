import { CopyText } from '../controls/copy-text.tsx';
import { Icon, Logo } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';

/** The command that adds a camera to the Nightjar at `origin`. */
export const addCommand = (origin: string): string =>
  [
    `curl ${origin}/api/streams \\`,
    '  -H "Authorization: Bearer $TOKEN" \\',
    '  -H "Content-Type: application/json" \\',
    "  -d '{",
    '    "id": "front-door",',
    '    "source_url": "rtsp://user:password@192.168.1.20:554/stream1",',
    '    "recording": { "enabled": true }',
    "  }'",
  ].join('\n');

/** What a newcomer sees: two ways to add the first camera. */
export function EmptyState({ onAdd }: { onAdd: () => void }) {
  return (
    <section className="empty card">
      <Logo />
      <h2>{t.empty.title}</h2>
      <p>{t.empty.lead}</p>
      <button type="button" className="button primary" onClick={onAdd}>
        <Icon name="add" />
        {t.app.addCamera}
      </button>
      <p className="faint">{t.empty.terminal}</p>
      <CopyText label={t.empty.commandLabel} text={addCommand(location.origin)} />
      <p className="faint">{t.empty.hint}</p>
    </section>
  );
}
