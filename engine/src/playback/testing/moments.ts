/** When footage of tests begins, in ms of the epoch. */
export const BEGAN = Date.UTC(2026, 0, 2, 3, 4, 0);

/** A moment in seconds after the beginning, as requests name it. */
export const at = (seconds: number): string => new Date(Math.round(BEGAN + seconds * 1000)).toISOString();
