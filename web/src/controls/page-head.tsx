import type { ReactNode } from 'react';
import { usePageTitle } from '../app/use-page-title.ts';

/** Title of a page, with what can be done beside it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  const heading = usePageTitle(title);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <h1 ref={heading} tabIndex={-1} className="mr-auto">
        {title}
      </h1>
      {children}
    </div>
  );
}
