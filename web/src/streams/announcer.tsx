import { useEffect, useRef, useState } from 'react';
import type { StreamSummary } from '../api/types.ts';
import { announcements } from './stream-state.ts';

/** Tells a screen reader which cameras came and went. */
export function Announcer({ streams }: { streams: readonly StreamSummary[] | null }) {
  const before = useRef<readonly StreamSummary[]>([]);
  const [text, setText] = useState('');
  useEffect(() => {
    if (streams === null) return;
    const news = announcements(before.current, streams);
    before.current = streams;
    if (news.length > 0) setText(news.join('. '));
  }, [streams]);
  return (
    <p className="visually-hidden" role="status">
      {text}
    </p>
  );
}
