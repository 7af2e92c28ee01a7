import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { renderSVG } from 'uqr';
import { streamPath } from '../api/client.ts';
import { problemText } from '../api/problem.ts';
import type { PublishKey } from '../api/types.ts';
import { CopyText } from '../controls/copy-text.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** Where a stream that is pushed goes, by which key, and as a picture for a phone. */
export function PublishAddresses({ id }: { id: string }) {
  const api = useApi();
  const client = useQueryClient();
  const path = `${streamPath(id)}/publish-key`;
  const key = useQuery({
    queryKey: ['publish-key', id],
    queryFn: ({ signal }) => api.get<PublishKey>(path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const action = useAction();
  const [sure, setSure] = useState(false);
  const rotate = () =>
    action.run(async () => {
      client.setQueryData(['publish-key', id], await api.post<PublishKey>(path));
      setSure(false);
    });
  if (key.data === undefined)
    return key.error ? <Problem text={problemText(key.error)} /> : <div className="skeleton h-40" />;
  const addresses = addressesOf(key.data, location);
  return (
    <section className="card grid gap-3" data-part="publish">
      <p className="text-faint">{t.publish.lead}</p>
      {addresses.map(([name, text]) => (
        <div key={name} className="grid gap-1">
          <h3 className="font-semibold">{t.publish.names[name]}</h3>
          <CopyText label={t.publish.names[name]} text={text} />
          {name === 'rtmp' && <QrCode text={text} />}
        </div>
      ))}
      <p className="text-faint">{t.publish.whipKey}</p>
      <CopyText label={t.publish.key} text={key.data.key} />
      <div className="flex flex-wrap items-center gap-2">
        {sure ? (
          <>
            <span>{t.publish.rotateSure}</span>
            <button type="button" className="button danger" disabled={action.busy} onClick={rotate}>
              {t.publish.rotate}
            </button>
            <button type="button" className="button" onClick={() => setSure(false)}>
              {t.app.cancel}
            </button>
          </>
        ) : (
          <button type="button" className="button" onClick={() => setSure(true)}>
            {t.publish.rotate}…
          </button>
        )}
      </div>
      <Problem text={action.problem} />
    </section>
  );
}

/** Whole addresses at the usual ports of this host. */
export function addressesOf(
  { rtmp_path, rtsp_path, whip_path }: PublishKey,
  { hostname, origin }: Pick<Location, 'hostname' | 'origin'>,
): readonly (readonly ['rtmp' | 'rtsp' | 'whip', string])[] {
  return [
    ['rtmp', `rtmp://${hostname}:1935${rtmp_path}`],
    ['rtsp', `rtsp://${hostname}:8554${rtsp_path}`],
    ['whip', `${origin}${whip_path}`],
  ];
}

function QrCode({ text }: { text: string }) {
  const source = useMemo(
    () => `data:image/svg+xml,${encodeURIComponent(renderSVG(text, { border: 2 }))}`,
    [text],
  );
  return (
    <img src={source} alt={t.publish.qr} width={168} height={168} className="rounded-control bg-white" />
  );
}
