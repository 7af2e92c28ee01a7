import type { LucideIcon } from 'lucide-react';

/** A button that is a drawing; its label is read aloud, and shown by a pointer that rests on it. */
export function IconButton(props: {
  icon: LucideIcon;
  label: string;
  onClick: () => void;
  disabled?: boolean;
  /** Drawn as a button, and not as a sign alone. */
  framed?: boolean;
  /** What it does takes something away. */
  danger?: boolean;
  /** Its name for tests. */
  part?: string;
}) {
  const look = `${props.framed ? '' : ' quiet'}${props.danger ? ' danger' : ''}`;
  return (
    <button
      type="button"
      className={`button icon-only${look}`}
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
      data-part={props.part}
    >
      <props.icon className="icon" aria-hidden="true" />
    </button>
  );
}
