import { Link } from '@tanstack/react-router';
import { CopyText } from '../controls/copy-text.tsx';
import { Icon, Logo } from '../controls/icons.tsx';
import { useSession } from '../session/session.ts';
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

/** What a newcomer sees: two ways to add the first camera, for who may. */
export function EmptyState() {
  const { can, everything } = useSession();
  const may = everything && can('streams:write');
  return (
    <section className="card mx-auto mt-[6dvh] grid max-w-3xl justify-items-center gap-3 px-6 py-10 text-center">
      <Logo />
      <h2 className="text-[1.2rem]">{may ? t.empty.title : t.empty.noneTitle}</h2>
      <p>{may ? t.empty.lead : t.empty.noneLead}</p>
      {may && (
        <>
          <Link to="/cameras/new" className="button primary mt-1 mb-3">
            <Icon name="add" />
            {t.app.addCamera}
          </Link>
          <p className="text-faint">{t.empty.terminal}</p>
          <CopyText label={t.empty.commandLabel} text={addCommand(location.origin)} />
          <p className="text-faint">{t.empty.hint}</p>
        </>
      )}
    </section>
  );
}
