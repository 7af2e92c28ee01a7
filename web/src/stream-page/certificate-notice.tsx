import { useQueryClient } from '@tanstack/react-query';
import { streamPath } from '../api/client.ts';
import type { StreamDetail } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { refreshStream } from '../queries/refresh.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** A camera shows another certificate than before: who may decides whether it is trusted. */
export function CertificateNotice({ detail }: { detail: StreamDetail }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const { pinned, refused } = detail.certificate;
  if (refused === null) return null;
  const accept = () =>
    action.run(async () => {
      await api.post(`${streamPath(detail.id)}/certificate`, { fingerprint: refused });
      await refreshStream(client, detail.id);
    });
  return (
    <section className="card grid gap-2 border-busy" role="alert">
      <h2>{t.certificate.title}</h2>
      <p>{t.certificate.text}</p>
      <dl className="grid gap-1 text-xs break-all">
        <dt className="text-faint">{t.certificate.before}</dt>
        <dd>{pinned}</dd>
        <dt className="text-faint">{t.certificate.now}</dt>
        <dd>{refused}</dd>
      </dl>
      {can('streams:write', detail.id) && (
        <button type="button" className="button justify-self-start" disabled={action.busy} onClick={accept}>
          {t.certificate.accept}
        </button>
      )}
      <Problem text={action.problem} />
    </section>
  );
}
