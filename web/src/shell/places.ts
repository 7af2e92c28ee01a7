import {
  Bell,
  Bookmark,
  Camera,
  Clapperboard,
  ClockArrowUp,
  Gauge,
  HardDrive,
  LayoutGrid,
  type LucideIcon,
  ScrollText,
  Settings2,
  Users,
} from 'lucide-react';
import type { Session } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** One entry of the navigation. */
export interface Place {
  to:
    | '/'
    | '/timeline'
    | '/recordings'
    | '/events'
    | '/dashboard'
    | '/alerts'
    | '/bookmarks'
    | '/cameras'
    | '/storage'
    | '/people'
    | '/system';
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
    to: '/recordings',
    icon: Clapperboard,
    label: t.nav.recordings,
    shown: ({ can }) => can('recordings:read'),
    first: true,
  },
  {
    to: '/events',
    icon: ScrollText,
    label: t.nav.events,
    shown: ({ can }) => can('cameras:read'),
    first: true,
  },
  { to: '/alerts', icon: Bell, label: t.nav.alerts, shown: ({ can }) => can('alerts:read'), first: false },
  {
    to: '/bookmarks',
    icon: Bookmark,
    label: t.nav.captures,
    shown: ({ can }) => can('bookmarks:read'),
    first: false,
  },
  {
    to: '/dashboard',
    icon: Gauge,
    label: t.nav.dashboard,
    shown: ({ can }) => can('cameras:read'),
    first: false,
  },
  { to: '/cameras', icon: Camera, label: t.nav.cameras, shown: () => true, first: false },
  {
    to: '/storage',
    icon: HardDrive,
    label: t.storage.title,
    shown: ({ can, everything }) => everything && can('config:read'),
    first: false,
  },
  {
    to: '/people',
    icon: Users,
    label: t.nav.people,
    shown: ({ can, everything }) => everything && (can('users:read') || can('audit:read')),
    first: false,
  },
  {
    to: '/system',
    icon: Settings2,
    label: t.nav.system,
    shown: ({ can, everything }) => everything && can('config:read'),
    first: false,
  },
];
