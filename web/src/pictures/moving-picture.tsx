import { type CSSProperties, useState } from 'react';
import { t } from '../strings/index.ts';
import { useTicketed } from './use-ticketed.ts';

/** A camera's picture now, by motion JPEG; says that it is waited for until it is there. */
export function MovingPicture(props: {
  streamId: string;
  /** What of the stream: `fps=3&width=960` */
  query: string;
  alt: string;
  style?: CSSProperties;
}) {
  const path = `/live/${encodeURIComponent(props.streamId)}/mjpeg?${props.query}`;
  const url = useTicketed(props.streamId, path);
  const [state, setState] = useState<'waits' | 'there' | 'missing'>('waits');
  return (
    <>
      {url !== null && (
        <img
          src={url}
          alt={props.alt}
          draggable={false}
          data-picture={state}
          style={props.style}
          onLoad={() => setState('there')}
          onError={() => setState('missing')}
        />
      )}
      {state !== 'there' && (
        <span className="picture-waits" role="status">
          {state === 'waits' ? t.player.opening : t.player.fault.not_found}
        </span>
      )}
    </>
  );
}
