import { useQueryClient } from '@tanstack/react-query';
import { streamPath } from '../api/client.ts';
import type { StreamDetail } from '../api/types.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { refreshStream } from '../queries/refresh.ts';
import { useSchema } from '../queries/schema.ts';
import { useApi } from '../session/session.ts';

/** Its name cannot change, and inference has no detector yet. */
const WITHOUT = ['id', 'inference', 'privacy', 'recording.enabled'];

/** What of a camera can be set. */
export function StreamSettings({ detail }: { detail: StreamDetail }) {
  const api = useApi();
  const client = useQueryClient();
  const schema = useSchema('CreateStream');
  if (schema === undefined) return <div className="skeleton h-64" />;
  const save = async (patch: Record<string, unknown>) => {
    await api.put(streamPath(detail.id), patch);
    await refreshStream(client, detail.id);
  };
  return (
    <section className="card" data-part="settings">
      <SchemaForm schema={schema} value={detail} without={WITHOUT} save={save} />
    </section>
  );
}
