import { type CSSProperties, useEffect, useRef, useState } from 'react';
import type { BoxesEvent } from '../../api/types.ts';
import { browserClock } from '../../clock/clock.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { eventAddress } from '../../updates/event-address.ts';
import { EventSocket } from '../../updates/event-socket.ts';
import { type SeenObject, SeenObjects } from './seen-objects.ts';

/** What a model sees in the live picture, drawn over it. */
export function PlayerBoxes(props: {
  streamId: string;
  video: HTMLVideoElement;
  /** Seconds the picture is behind live; null when unknown. */
  latency: number | null;
}) {
  const { video } = props;
  const objects = useSeen(props.streamId, props.latency);
  const ratio = video.videoHeight > 0 ? video.videoWidth / video.videoHeight : 16 / 9;
  return (
    <div className="player-boxes" data-part="boxes" aria-hidden="true">
      <div className="player-boxes-frame" style={{ '--ratio': ratio } as CSSProperties}>
        {objects.map((object) => (
          <span
            key={object.object_id}
            className="player-box"
            data-object={object.class}
            style={placeOf(object.box)}
          >
            <span className="player-box-word">
              {object.class} {t.inference.percent(Math.round(object.score * 100))}
            </span>
          </span>
        ))}
      </div>
    </div>
  );
}

const share = (value: number): string => `${(value * 100).toFixed(2)}%`;

function placeOf([left, top, right, bottom]: SeenObject['box']): CSSProperties {
  return { left: share(left), top: share(top), width: share(right - left), height: share(bottom - top) };
}

/** Boxes as the server tells them, while somebody looks. */
function useSeen(streamId: string, latency: number | null): readonly SeenObject[] {
  const api = useApi();
  const [objects, setObjects] = useState<readonly SeenObject[]>([]);
  const behind = useRef(latency);
  useEffect(() => {
    behind.current = latency;
  }, [latency]);
  useEffect(() => {
    const seen = new SeenObjects(browserClock, setObjects);
    const socket = new EventSocket({
      address: () => eventAddress(api, { types: 'detection.boxes', streams: streamId }),
      open: (url) => new WebSocket(url),
      clock: browserClock,
      random: Math.random,
      onEvent: (event) => {
        if (event.type !== 'detection.boxes') return;
        seen.heard((event as unknown as BoxesEvent).objects, behind.current);
      },
      onConnected: () => undefined,
    });
    socket.start();
    return () => {
      socket.close();
      seen.clear();
    };
  }, [api, streamId]);
  return objects;
}
