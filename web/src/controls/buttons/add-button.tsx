import { type LucideIcon, Plus } from 'lucide-react';

/** The way to a new one of what is listed beside it. */
export function AddButton(props: {
  label: string;
  onClick: () => void;
  /** Its name for tests. */
  part: string;
  /** A plus unless told. */
  icon?: LucideIcon;
  /** One of several things on a page, and not what it is about. */
  quiet?: boolean;
  disabled?: boolean;
}) {
  const Drawing = props.icon ?? Plus;
  return (
    <button
      type="button"
      className={props.quiet ? 'button justify-self-start' : 'button primary justify-self-start'}
      disabled={props.disabled}
      onClick={props.onClick}
      data-part={props.part}
    >
      <Drawing className="icon" aria-hidden="true" />
      {props.label}
    </button>
  );
}
