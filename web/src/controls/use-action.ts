import { useState } from 'react';
import { problemText } from '../api/problem.ts';

/** A change under way, and why the last one failed. */
export interface Action {
  busy: boolean;
  problem: string | null;
  run: (change: () => Promise<void>) => void;
}

/** Runs one change at a time. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = (change: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    change()
      .catch((error: unknown) => setProblem(problemText(error)))
      .finally(() => setBusy(false));
  };
  return { busy, problem, run };
}
