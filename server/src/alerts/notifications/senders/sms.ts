import type { Notification, SettingsOf } from '../channel.ts';
import { accepted, type Sender } from './sender.ts';

const MAX_TEXT = 320;

function bodyOf(settings: SettingsOf<'sms'>, to: string, { title, body }: Notification): string {
  const { format, to_field, text_field, fields } = settings;
  const text = `${title}: ${body}`.slice(0, MAX_TEXT);
  const all = { ...fields, [to_field]: to, [text_field]: text };
  return format === 'json' ? JSON.stringify(all) : new URLSearchParams(all).toString();
}

function authorization({ username, password = '', token }: SettingsOf<'sms'>): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** By the HTTP interface of a provider, one call for each number; numbers after one that is refused are not tried. */
export const sendSms: Sender<'sms'> = async (settings, notification, { http }, signal) => {
  const type = settings.format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  const headers = { ...authorization(settings), 'content-type': type };
  const { url } = settings;
  let said = '';
  for (const to of settings.to) {
    const body = bodyOf(settings, to, notification);
    said = accepted(await http({ method: 'POST', url, headers, body, signal }));
  }
  return `${said}, ${settings.to.length} numbers`;
};
