import { type ReactNode, useId } from 'react';

/** What an input needs so that its label, hint and problem belong to it. */
export interface FieldProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
}

/** A labelled input with its hint and what is wrong with it. */
export function Field(props: {
  label: string;
  hint?: string;
  /** The hint is one that nobody should overlook. */
  warns?: boolean;
  problem?: string | undefined;
  children: (field: FieldProps) => ReactNode;
}) {
  const id = useId();
  const wrong = props.problem !== undefined;
  const described = [props.hint === undefined ? '' : `${id}-hint`, wrong ? `${id}-problem` : ''];
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        'aria-describedby': described.join(' ').trim() || undefined,
        'aria-invalid': wrong,
      })}
      {wrong && (
        <p className="field-problem" id={`${id}-problem`}>
          {props.problem}
        </p>
      )}
      {props.hint !== undefined && (
        <p className={props.warns ? 'notice mt-1' : 'field-hint'} id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}
