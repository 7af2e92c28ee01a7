import { type RefObject, useEffect, useRef } from 'react';
import { t } from '../strings/index.ts';

let pagesShown = 0;

/** Names the page in the tab, and moves the focus to its heading when another page was shown before. */
export function usePageTitle(title: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t.app.title(title);
    pagesShown += 1;
    if (pagesShown > 1) heading.current?.focus();
  }, [title]);
  return heading;
}
