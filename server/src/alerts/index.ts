export { type AlertHappening, Alerts } from './alerts.ts';
export type { Alert, AlertRule } from './rule.ts';
export { AlertRules } from './rules.ts';
export { AlertWatch } from './watch.ts';
