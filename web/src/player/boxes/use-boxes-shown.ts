import { useState } from 'react';

/** Whether what a model sees is drawn over the picture. */
export interface BoxesShown {
  readonly possible: boolean;
  readonly shown: boolean;
  readonly toggle: () => void;
}

const KEY = 'nightjar.boxes';

/** Shown unless somebody turned them off on this device. */
export function useBoxesShown(possible: boolean): BoxesShown {
  const [wanted, setWanted] = useState(() => localStorage.getItem(KEY) !== 'off');
  const toggle = () => {
    if (!possible) return;
    localStorage.setItem(KEY, wanted ? 'off' : 'on');
    setWanted(!wanted);
  };
  return { possible, shown: possible && wanted, toggle };
}
