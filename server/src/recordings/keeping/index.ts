export { ClockSteps } from './clock-steps.ts';
export { distantRemovals } from './distant-removals.ts';
export { type Forecast, forecastOf, ratesOf } from './forecast.ts';
export { type DayOfFootage, limitsStore, type Scope } from './limits-store.ts';
export { type Limits, previewOf, type WouldDelete } from './preview.ts';
export { type FootageDeleted, Removal } from './removal.ts';
export { type Removed, Retention } from './retention.ts';
