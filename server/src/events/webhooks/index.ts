export type { News, Webhook } from './webhook.ts';
export { Webhooks } from './webhooks.ts';
