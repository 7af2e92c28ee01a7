import type { Notification } from '../channel.ts';
import { accepted, type Sender } from './sender.ts';

const PRIORITIES: Readonly<Record<Notification['severity'], number>> = { info: 3, warning: 4, critical: 5 };

/** By publishing JSON to the root of an ntfy server. */
export const sendNtfy: Sender<'ntfy'> = async ({ url, topic, token }, notification, { http }, signal) => {
  const { title, body: message, severity, type } = notification;
  const body = JSON.stringify({ topic, title, message, priority: PRIORITIES[severity], tags: [type] });
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { ...bearer, 'content-type': 'application/json' };
  return accepted(await http({ method: 'POST', url, headers, body, signal }));
};

/** By the bot interface of Telegram, as plain text. */
export const sendTelegram: Sender<'telegram'> = async (settings, notification, { http }, signal) => {
  const { bot_token, chat_id, url } = settings;
  const { title, body, severity } = notification;
  const message = { chat_id, text: `${title}\n${body}`, disable_notification: severity === 'info' };
  const answer = await http({
    method: 'POST',
    url: `${url.replace(/\/$/, '')}/bot${bot_token}/sendMessage`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    signal,
  });
  return accepted(answer);
};
