import { PATHS } from './icon-paths.ts';

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
