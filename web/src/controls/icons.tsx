import {
  AlertTriangle,
  Camera,
  Check,
  ChevronLeft,
  Copy,
  Download,
  Eye,
  EyeOff,
  Info,
  LogOut,
  type LucideIcon,
  Maximize,
  Minimize,
  Monitor,
  Moon,
  Pause,
  PictureInPicture2,
  Play,
  Plus,
  Rewind,
  RotateCcw,
  RotateCw,
  ScanSearch,
  SkipBack,
  SkipForward,
  Square,
  Sun,
  Volume2,
  VolumeX,
  X,
} from 'lucide-react';

const ICONS = {
  add: Plus,
  back: ChevronLeft,
  boxes: ScanSearch,
  camera: Camera,
  check: Check,
  close: X,
  download: Download,
  device: Monitor,
  copy: Copy,
  expand: Maximize,
  eye: Eye,
  eyeOff: EyeOff,
  info: Info,
  moon: Moon,
  pause: Pause,
  pip: PictureInPicture2,
  play: Play,
  replay: RotateCcw,
  rewind: Rewind,
  restart: RotateCw,
  shrink: Minimize,
  signOut: LogOut,
  sound: Volume2,
  soundOff: VolumeX,
  stepBack: SkipBack,
  stepOn: SkipForward,
  stop: Square,
  sun: Sun,
  warning: AlertTriangle,
} as const satisfies Record<string, LucideIcon>;

export type IconName = keyof typeof ICONS;

/** A line drawing in the colour of the text beside it, which says what it means. */
export function Icon({ name }: { name: IconName }) {
  const Drawing = ICONS[name];
  return <Drawing className="icon" aria-hidden="true" focusable="false" />;
}

/** The mark of the product. */
export function Logo() {
  return <img className="logo" src="/icon.svg" alt="" width="28" height="28" />;
}
