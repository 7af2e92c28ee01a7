import { createECDH } from 'node:crypto';
import { accepted, type Sender } from './sender.ts';
import { payloadOf } from './webhook.ts';

const LIFETIME_SECONDS = 86_400;
/** Whom a push service may write to; it must be an address and is never written to by this program. */
const SUBJECT = 'mailto:nightjar@example.org';

/** The public half of the key that signs pushes, as browsers want it: base64url of the uncompressed point. */
export function pushPublicKey(pushKey: Buffer): string {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(pushKey);
  return curve.getPublicKey().toString('base64url');
}

/** By the push service of a browser, sealed for that browser alone (RFC 8291, RFC 8292). */
export const sendWebPush: Sender<'webpush'> = async (settings, notification, { http, pushKey }, signal) => {
  // Loaded with the first message: most installations send none.
  const { default: webPush } = await import('web-push');
  const vapidDetails = {
    subject: SUBJECT,
    publicKey: pushPublicKey(pushKey),
    privateKey: pushKey.toString('base64url'),
  };
  const text = JSON.stringify(payloadOf(notification));
  const options = { vapidDetails, TTL: LIFETIME_SECONDS };
  const { endpoint, headers, body } = webPush.generateRequestDetails(settings, text, options);
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return accepted(await http({ method: 'POST', url: endpoint, headers: plain, body: body ?? '', signal }));
};
