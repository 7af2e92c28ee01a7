import { Link } from '@tanstack/react-router';
import { t } from '../strings/index.ts';
import { usePageTitle } from './use-page-title.ts';

/** An address that no page has. */
export function NotFound() {
  const heading = usePageTitle(t.app.notFound);
  return (
    <section className="card mx-auto mt-[12dvh] grid max-w-md gap-3 p-8">
      <h1 ref={heading} tabIndex={-1}>
        {t.app.notFound}
      </h1>
      <p className="text-faint">{t.app.notFoundText}</p>
      <Link to="/" className="button justify-self-start">
        {t.app.toLive}
      </Link>
    </section>
  );
}

/** A page that failed, or could not be loaded: most likely the server was updated. */
export function Broken({ error }: { error: unknown }) {
  // The browser's console is where a person who can help will look.
  console.error(error);
  return (
    <section className="card mx-auto mt-[12dvh] grid max-w-md gap-3 p-8" role="alert">
      <h1>{t.app.broken}</h1>
      <p className="text-faint">{t.app.brokenText}</p>
      <button type="button" className="button primary justify-self-start" onClick={() => location.reload()}>
        {t.app.reload}
      </button>
    </section>
  );
}

/** In the place of a page that the account may not see. */
export function Forbidden() {
  return <p className="notice">{t.app.forbidden}</p>;
}
