import { lazy, Suspense, useState } from 'react';
import { type LayoutChoices, LayoutName } from './layout-name.tsx';

const loadMenu = () => import('./layout-menu.tsx');
const LayoutMenu = lazy(async () => ({ default: (await loadMenu()).LayoutMenu }));

/** Which wall is shown, and the way to a new one; its menu is loaded for who opens it. */
export function LayoutChoice(props: LayoutChoices) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className="button"
      data-part="layouts"
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void loadMenu()}
      onClick={() => setWanted(true)}
    >
      <LayoutName chosen={props.chosen} />
    </button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <LayoutMenu {...props} />
    </Suspense>
  );
}
