import { Link } from '@tanstack/react-router';
import { Tabs } from 'radix-ui';
import { lazy, Suspense } from 'react';
import type { Recording, StreamDetail, StreamSummary } from '../api/types.ts';
import { useTab } from '../app/use-tab.ts';
import { mayOpenOriginals } from '../recordings/originals/may-open.ts';
import { RecordingsPanel } from '../recordings/recordings-panel.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { CertificateNotice } from './certificate-notice.tsx';
import { PtzControl } from './ptz/ptz-control.tsx';
import { RemoveCamera } from './remove-camera.tsx';
import { StreamControl } from './stream-control.tsx';
import { StreamFacts } from './stream-facts.tsx';
import { StreamProblems } from './stream-problems.tsx';

// Charts, QR codes and forms are loaded when their tab is opened.
const StreamHealth = lazy(async () => ({
  default: (await import('./health/stream-health.tsx')).StreamHealth,
}));
const StreamSettings = lazy(async () => ({
  default: (await import('./settings/stream-settings.tsx')).StreamSettings,
}));
const PublishAddresses = lazy(async () => ({
  default: (await import('./publish-addresses.tsx')).PublishAddresses,
}));

interface Side {
  stream: StreamSummary;
  detail: StreamDetail | undefined;
  /** Name of the file that is played now. */
  current: string | null;
  onPlay: (recording: Recording) => void;
}

/** Beside the picture: what is known of the camera and what can be done, as far as the account may. */
export function StreamSide(props: Side) {
  const { stream, detail } = props;
  const { id } = stream;
  const { can } = useSession();
  const mayWrite = can('streams:write', id);
  const tabs = [
    'overview' as const,
    ...(can('metrics:read', id) ? (['health'] as const) : []),
    ...(mayWrite ? (['settings'] as const) : []),
    ...(mayWrite && stream.source_url.startsWith('publish:') ? (['publish'] as const) : []),
  ];
  const [open, choose] = useTab(tabs);
  return (
    <Tabs.Root value={open} onValueChange={choose} className="stream-side">
      {tabs.length > 1 && (
        <Tabs.List className="tabs" aria-label={t.tabs.label}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab" data-tab={tab}>
              {t.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
      )}
      <Suspense fallback={<div className="skeleton h-64" />}>
        <Tabs.Content value="overview" className="grid gap-3">
          <Overview {...props} />
        </Tabs.Content>
        <Tabs.Content value="health">
          <StreamHealth id={id} />
        </Tabs.Content>
        <Tabs.Content value="settings">{detail && <StreamSettings detail={detail} />}</Tabs.Content>
        <Tabs.Content value="publish">
          <PublishAddresses id={id} />
        </Tabs.Content>
      </Suspense>
    </Tabs.Root>
  );
}

function Overview({ stream, detail, current, onPlay }: Side) {
  const { id } = stream;
  const { can, everything } = useSession();
  const pulled = !stream.source_url.startsWith('publish:');
  const mayMove = pulled && stream.state === 'live' && can('cameras:ptz', id);
  return (
    <>
      {detail && <CertificateNotice detail={detail} />}
      <StreamControl stream={stream} />
      {mayMove && <PtzControl id={id} />}
      {can('recordings:read', id) && <RecordingsPanel id={id} current={current} onPlay={onPlay} />}
      {detail?.privacy.enabled && mayOpenOriginals(can, id) && (
        <Link to="/recordings" search={{ camera: id, tab: 'originals' }} data-part="originals-of">
          {t.originals.link}
        </Link>
      )}
      <StreamFacts stream={stream} detail={detail} />
      {detail && <StreamProblems errors={detail.errors} />}
      {everything && can('streams:write', id) && <RemoveCamera id={id} footage={stream.recording.duration} />}
    </>
  );
}
