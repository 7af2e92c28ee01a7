import { Logo } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';

/** While the server is asked who this is: nothing that moves, it takes a moment. */
export function Asking() {
  return (
    <main className="grid min-h-dvh place-items-center" aria-busy="true">
      <Logo />
    </main>
  );
}

/** The server gives no answer at all. */
export function Unreachable({ onRetry }: { onRetry: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center p-5">
      <div className="card grid max-w-sm justify-items-center gap-3 p-8 text-center" role="alert">
        <Logo />
        <h1>{t.app.unreachable}</h1>
        <p className="text-faint">{t.app.unreachableText}</p>
        <button type="button" className="button primary" onClick={onRetry}>
          {t.app.tryAgain}
        </button>
      </div>
    </main>
  );
}
