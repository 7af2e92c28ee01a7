import { postSigned } from '../../../events/outbox/index.ts';
import type { Notification } from '../channel.ts';
import { accepted, type Sender } from './sender.ts';

/** What a webhook is told, in the API's words. */
export const payloadOf = ({ id, event, type, severity, title, body, camera, at }: Notification) => ({
  id,
  event,
  type,
  severity,
  title,
  message: body,
  camera_id: camera?.id ?? null,
  camera_name: camera?.name ?? null,
  timestamp: at,
});

/** By a POST of JSON, signed with the secret of the channel. */
export const sendWebhook: Sender<'webhook'> = async (settings, notification, tools, signal) => {
  const { url, secret = '', headers } = settings;
  const body = JSON.stringify(payloadOf(notification));
  const event = `alert.${notification.event}`;
  return accepted(await postSigned({ url, secret, body, event, headers }, tools, signal));
};
