import { type InputHTMLAttributes, useState } from 'react';
import { Icon } from './icons.tsx';

/** An input whose text is hidden until asked for. */
export function SecretInput(
  props: Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> & { showLabel: string; hideLabel: string },
) {
  const [shown, setShown] = useState(false);
  const { showLabel, hideLabel, ...input } = props;
  const label = shown ? hideLabel : showLabel;
  return (
    <div className="secret">
      <input {...input} type={shown ? 'text' : 'password'} spellCheck={false} autoCapitalize="none" />
      <button
        type="button"
        className="button quiet icon-only"
        onClick={() => setShown(!shown)}
        aria-label={label}
        aria-pressed={shown}
        title={label}
      >
        <Icon name={shown ? 'eyeOff' : 'eye'} />
      </button>
    </div>
  );
}
