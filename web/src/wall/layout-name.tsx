import { ChevronDown, LayoutGrid } from 'lucide-react';
import type { Layout } from '../api/types.ts';
import { t } from '../strings/index.ts';

/** The walls there are, which is shown, and what is done with a choice. */
export interface LayoutChoices {
  readonly layouts: readonly Layout[];
  readonly chosen: Layout | null;
  readonly onChoose: (id: string | null) => void;
  readonly onArrange: (layout: Layout | null) => void;
}

/** What stands on the button. */
export function LayoutName({ chosen }: { chosen: Layout | null }) {
  return (
    <>
      <LayoutGrid className="icon" aria-hidden="true" />
      <span className="max-w-40 truncate">{chosen?.name ?? t.layouts.every}</span>
      <ChevronDown className="icon" aria-hidden="true" />
    </>
  );
}
