import { useEffect, useRef } from 'react';
import type { ApiClient } from '../../api/client.ts';
import { Icon } from '../../controls/icons.tsx';
import { Problem } from '../../controls/problem.tsx';
import { useAction } from '../../controls/use-action.ts';
import { saveFile } from '../../pictures/save-file.ts';
import { t } from '../../strings/index.ts';
import type { Span } from './recorded-playback.ts';

/** Fetches the footage with the token in a header, and hands it to the browser as a file. */
export function DownloadButton({ streamId, span, api }: { streamId: string; span: Span; api: ApiClient }) {
  const action = useAction();
  const leaving = useRef<AbortController>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const download = async () => {
    const abort = new AbortController();
    leaving.current = abort;
    const blob = await api.downloadFootage(streamId, span.start, span.end, abort.signal);
    if (!abort.signal.aborted) saveFile(blob, fileName(streamId, span.start));
  };
  return (
    <>
      <button
        type="button"
        className="button download"
        disabled={action.busy}
        onClick={() => action.run(download)}
      >
        <Icon name="download" />
        {action.busy ? t.recorded.downloading : t.recorded.download}
      </button>
      <Problem text={action.problem} />
    </>
  );
}

function fileName(streamId: string, start: number): string {
  const time = new Date(start).toISOString().slice(0, 19).replaceAll(':', '-').replace('T', '_');
  return `${streamId}_${time}Z.mp4`;
}
