import type { ChannelSettings, Notification } from '../channel.ts';
import { sendNtfy, sendTelegram } from './chat.ts';
import { sendEmail } from './email.ts';
import { sendMqtt } from './mqtt.ts';
import type { SenderTools } from './sender.ts';
import { sendSms } from './sms.ts';
import { sendWebPush } from './web-push.ts';
import { sendWebhook } from './webhook.ts';

export type { SenderTools } from './sender.ts';
export { pushPublicKey } from './web-push.ts';

const SENDERS = {
  email: sendEmail,
  webhook: sendWebhook,
  sms: sendSms,
  mqtt: sendMqtt,
  ntfy: sendNtfy,
  telegram: sendTelegram,
  webpush: sendWebPush,
};

type AnySender = (
  settings: ChannelSettings['settings'],
  notification: Notification,
  tools: SenderTools,
  signal: AbortSignal,
) => Promise<string>;

/** Brings a notification to a channel; answers with what the other side said. Throws when it did not take it. */
export function send(
  { kind, settings }: ChannelSettings,
  notification: Notification,
  { tools, signal }: { tools: SenderTools; signal: AbortSignal },
): Promise<string> {
  return (SENDERS[kind] as AnySender)(settings, notification, tools, signal);
}
