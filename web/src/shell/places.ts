import { ClockArrowUp, LayoutGrid, type LucideIcon, Plus } from 'lucide-react';
import type { Session } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** One entry of the navigation. */
export interface Place {
  to: '/' | '/timeline' | '/cameras/new';
  icon: LucideIcon;
  label: string;
  shown: (session: Session) => boolean;
  /** Stands in the bar of a phone; the others are behind "more". */
  first: boolean;
}

/** The pages in their order. */
export const PLACES: readonly Place[] = [
  { to: '/', icon: LayoutGrid, label: t.nav.live, shown: () => true, first: true },
  {
    to: '/timeline',
    icon: ClockArrowUp,
    label: t.nav.timeline,
    shown: ({ can }) => can('recordings:read'),
    first: true,
  },
  {
    to: '/cameras/new',
    icon: Plus,
    label: t.app.addCamera,
    shown: ({ can, everything }) => everything && can('streams:write'),
    first: true,
  },
];
