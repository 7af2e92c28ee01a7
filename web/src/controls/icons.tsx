const PATHS = {
  add: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  camera: 'M4 8h3.500l1.5-2.500h6L16.5 8H20v11H4zM12 10.500a3 3 0 1 0 0 6a3 3 0 1 0 0-6z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  download: 'M12 4v11M7 10.500l5 5 5-5M5 20h14',
  device: 'M3.5 5h17v11.5h-17zM8.5 20h7M12 16.5V20',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  expand: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5z',
  eyeOff:
    'M4 4l16 16M9.5 6a9 9 0 0 1 2.5-.5c6 0 9.5 6.5 9.5 6.500a16 16 0 0 1-3 3.700M6 7.800A16 16 0 0 0 2.5 12S6 18.5 12 18.500a9 9 0 0 0 3.5-.700',
  info: 'M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 1 0 0-17zM12 11v5.500M12 7.700v.1',
  moon: 'M20 14.500A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.500z',
  pause: 'M8 5v14M16 5v14',
  pip: 'M3.500 5.500h17v13h-17zM12.500 12h5.500v4h-5.500z',
  play: 'M7 4.500l12 7.5-12 7.500z',
  restart: 'M19.5 12a7.5 7.5 0 1 1-2.4-5.500M19.5 3.500v4.500h-4.5',
  shrink: 'M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5',
  signOut: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9.5',
  sound: 'M4 9.500v5h3.500L12 18.500v-13L7.5 9.500zM15.5 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  soundOff: 'M4 9.500v5h3.500L12 18.500v-13L7.5 9.500zM16 9.500l5 5M21 9.500l-5 5',
  stepBack: 'M17 5.500v13L8 12zM6 5.500v13',
  stepOn: 'M7 5.500v13l9-6.500zM18 5.500v13',
  stop: 'M6.5 6.500h11v11h-11z',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M5.3 18.700l1.4-1.400M17.3 6.700l1.4-1.4',
  warning: 'M12 4L2.5 20h19zM12 10v4.500M12 17.200v.1',
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing in the colour of the text beside it, which says what it means. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the product. */
export function Logo() {
  return <img className="logo" src="/icon.svg" alt="" width="28" height="28" />;
}
