import { z } from 'zod';
import { listOf } from './access.ts';

const Name = z.string().trim().min(1).max(100);
/** Shown instead of a secret; sent back, the secret stays as it is. */
export const HIDDEN = '***';
const Secret = z.string().min(1).max(1_000).describe('Shown as `***`; sent as that it stays what it is.');
const HttpUrl = z.url({ protocol: /^https?$/ }).max(2_000);
const Headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().regex(/^[\x20-\x7e]{0,1000}$/))
  .default({});
/** Without line breaks: none becomes a header of its own. */
const MailAddress = z.email().max(200);
const TopicPart = z
  .string()
  .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/)
  .max(100);

export const EmailSettings = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).default(587),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('`none` only to addresses in network.allow.'),
  username: z.string().max(200).optional(),
  password: Secret.optional(),
  from: MailAddress,
  to: z.array(MailAddress).min(1).max(50),
});

export const WebhookSettings = z.strictObject({
  url: HttpUrl,
  secret: Secret.optional().describe('Signs each call; made up and shown once when absent.'),
  headers: Headers,
});

export const SmsSettings = z.strictObject({
  url: HttpUrl.describe('The provider’s address for one message.'),
  format: z.enum(['form', 'json']).default('form'),
  username: z.string().max(200).optional().describe('Basic authorization.'),
  password: Secret.optional(),
  token: Secret.optional().describe('Bearer authorization.'),
  to_field: z.string().min(1).max(50).default('To'),
  text_field: z.string().min(1).max(50).default('Body'),
  fields: z.record(z.string().max(50), z.string().max(200)).default({}).describe('Sent with each message.'),
  to: z
    .array(z.string().regex(/^\+?[0-9]{4,20}$/))
    .min(1)
    .max(20),
});

export const MqttSettings = z.strictObject({
  url: z.url({ protocol: /^mqtts?$/ }).max(500),
  username: z.string().max(200).optional(),
  password: Secret.optional(),
  prefix: TopicPart.default('nightjar'),
  discovery: z.boolean().default(true).describe('Cameras appear in Home Assistant by themselves.'),
  discovery_prefix: TopicPart.default('homeassistant'),
});

export const NtfySettings = z.strictObject({
  url: HttpUrl.default('https://ntfy.sh'),
  topic: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  token: Secret.optional(),
});

export const TelegramSettings = z.strictObject({
  bot_token: z.union([z.literal(HIDDEN), z.string().regex(/^[0-9]{3,20}:[A-Za-z0-9_-]{10,100}$/)]),
  chat_id: z.string().regex(/^(-?[0-9]{1,20}|@[A-Za-z0-9_]{3,64})$/),
  url: HttpUrl.default('https://api.telegram.org'),
});

export const WebPushSettings = z.strictObject({
  endpoint: z.union([z.literal(HIDDEN), HttpUrl]),
  keys: z.strictObject({ p256dh: Secret, auth: Secret }),
});

const common = { name: Name, enabled: z.boolean().default(true) };
const kindOf = <K extends string, S extends z.ZodType>(kind: K, settings: S) =>
  z.strictObject({ ...common, kind: z.literal(kind), settings });

export const CreateChannel = z
  .discriminatedUnion('kind', [
    kindOf('email', EmailSettings),
    kindOf('webhook', WebhookSettings),
    kindOf('sms', SmsSettings),
    kindOf('mqtt', MqttSettings),
    kindOf('ntfy', NtfySettings),
    kindOf('telegram', TelegramSettings),
    kindOf('webpush', WebPushSettings),
  ])
  .meta({ id: 'CreateChannel' });
export type CreateChannel = z.infer<typeof CreateChannel>;

export const ChannelKind = z.enum(['email', 'webhook', 'sms', 'mqtt', 'ntfy', 'telegram', 'webpush']);
export type ChannelKind = z.infer<typeof ChannelKind>;

/** The settings replace those there were; a secret that is sent as `***` stays. */
export const UpdateChannel = z
  .strictObject({ name: Name, enabled: z.boolean(), settings: z.record(z.string(), z.json()) })
  .partial()
  .meta({ id: 'UpdateChannel' });

export const Channel = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: ChannelKind,
    enabled: z.boolean(),
    settings: z.record(z.string(), z.json()).describe('Secrets are `***`.'),
    owner: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;
export const ChannelCreated = Channel.extend({
  secret: z
    .string()
    .nullable()
    .describe('What signs a webhook’s calls, when it was made up: shown this once.'),
}).meta({ id: 'ChannelCreated' });
export const ChannelList = listOf(Channel, 'ChannelList');

export const Delivery = z
  .object({
    id: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    title: z.string(),
    created_at: z.iso.datetime(),
    next_at: z.iso.datetime().nullable().describe('When it is tried again.'),
    delivered_at: z.iso.datetime().nullable(),
    detail: z.string().nullable().describe('What the other side or the network said last.'),
  })
  .meta({ id: 'Delivery' });
export const DeliveryList = listOf(Delivery, 'DeliveryList');

export const ChannelTested = z
  .object({ delivered: z.boolean(), detail: z.string() })
  .meta({ id: 'ChannelTested' });
export type ChannelTested = z.infer<typeof ChannelTested>;

export const WebPushKey = z
  .object({ public_key: z.string().describe('`applicationServerKey` of a browser’s subscription.') })
  .meta({ id: 'WebPushKey' });

export const DeliveryParams = z.object({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  delivery: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
});
