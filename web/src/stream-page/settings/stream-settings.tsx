import { useQueryClient } from '@tanstack/react-query';
import { streamPath } from '../../api/client.ts';
import type { StreamDetail } from '../../api/types.ts';
import { SchemaForm } from '../../forms/schema-form.tsx';
import { refreshStream } from '../../queries/refresh.ts';
import { useSchema } from '../../queries/schema.ts';
import { useSession } from '../../session/session.ts';
import { DetectionSection } from '../detection/detection-section.tsx';
import { PrivacySection } from '../privacy/privacy-section.tsx';
import { DeviceSection } from './device-section.tsx';
import { EventsSection } from './events-section.tsx';
import { PushesSection } from './pushes-section.tsx';
import { ScheduleSection } from './schedule-section.tsx';

/** Its name cannot change, and the others have editors of their own. */
const WITHOUT = [
  ...['id', 'inference', 'privacy'],
  ...['recording.enabled', 'recording.schedule', 'recording.events'],
];

/** What of a camera can be set. */
export function StreamSettings({ detail }: { detail: StreamDetail }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const schema = useSchema('CreateStream');
  if (schema === undefined) return <div className="skeleton h-64" />;
  const { id } = detail;
  const save = async (patch: Record<string, unknown>) => {
    await api.put(streamPath(id), patch);
    await refreshStream(client, id);
  };
  const pulled = !detail.source_url.startsWith('publish:');
  return (
    <div className="grid gap-3">
      <section className="card" data-part="settings">
        <SchemaForm schema={schema} value={detail} without={WITHOUT} save={save} />
      </section>
      <ScheduleSection detail={detail} />
      <EventsSection detail={detail} />
      <DetectionSection detail={detail} />
      {can('streams:unblurred', id) && <PrivacySection detail={detail} />}
      {pulled && can('cameras:write', id) && <DeviceSection id={id} />}
      <PushesSection id={id} />
    </div>
  );
}
