import { useState } from 'react';
import { t } from '../strings/index.ts';
import { Icon } from './icons.tsx';

/** A text to be copied. Browsers give the clipboard to https and localhost only; elsewhere it can be selected. */
export function CopyText(props: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(props.text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div className="copy-text">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which the keyboard must reach. */}
      <section className="copy-box" tabIndex={0} aria-label={props.label}>
        <pre>{props.text}</pre>
      </section>
      {globalThis.isSecureContext && (
        <button type="button" className="button" onClick={copy}>
          <Icon name={copied ? 'check' : 'copy'} />
          <span aria-live="polite">{copied ? t.app.copied : t.app.copy}</span>
        </button>
      )}
    </div>
  );
}
