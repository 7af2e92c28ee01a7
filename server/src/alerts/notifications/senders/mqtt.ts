import { isIP } from 'node:net';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Notification, SettingsOf } from '../channel.ts';
import type { Sender } from './sender.ts';
import { payloadOf } from './webhook.ts';

const TIMEOUT_MS = 10_000;

interface Publication {
  topic: string;
  payload: string;
  retain: boolean;
}

/** What Home Assistant makes a sensor of: whether a camera has a problem (its MQTT discovery). */
function sensorOf({ prefix, discovery_prefix }: SettingsOf<'mqtt'>, camera: { id: string; name: string }) {
  const config = {
    name: 'Problem',
    unique_id: `nightjar_${camera.id}_problem`,
    device_class: 'problem',
    state_topic: `${prefix}/cameras/${camera.id}/problem`,
    json_attributes_topic: `${prefix}/cameras/${camera.id}/alert`,
    device: { identifiers: [`nightjar_${camera.id}`], name: camera.name, manufacturer: 'Nightjar' },
  };
  const topic = `${discovery_prefix}/binary_sensor/nightjar_${camera.id}/problem/config`;
  return { topic, payload: JSON.stringify(config), retain: true };
}

/** Everything a notification is to a broker: the alert, and the state of the camera's sensor. */
export function publicationsOf(settings: SettingsOf<'mqtt'>, notification: Notification): Publication[] {
  const { prefix, discovery } = settings;
  const { camera, event } = notification;
  const payload = JSON.stringify(payloadOf(notification));
  const alert = { topic: `${prefix}/alerts`, payload, retain: false };
  if (!camera || event === 'test') return [alert];
  const about = `${prefix}/cameras/${camera.id}`;
  return [
    alert,
    ...(discovery ? [sensorOf(settings, camera)] : []),
    { topic: `${about}/alert`, payload, retain: true },
    { topic: `${about}/problem`, payload: event === 'resolved' ? 'OFF' : 'ON', retain: true },
  ];
}

/** To a broker at an address that was checked, each message acknowledged (QoS 1). */
export const sendMqtt: Sender<'mqtt'> = async (settings, notification, { targets }, signal) => {
  const url = new URL(settings.url);
  const secure = url.protocol === 'mqtts:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // Loaded with the first message: most installations send none.
  const { connectAsync } = await import('mqtt');
  const options: IClientOptions = {
    protocol: secure ? 'mqtts' : 'mqtt',
    host: await targets.resolve(url.hostname, secure),
    port: Number(url.port) || (secure ? 8883 : 1883),
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: TIMEOUT_MS,
    ...(secure && isIP(host) === 0 ? { servername: host } : {}),
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  };
  const client = await connectAsync(options);
  try {
    await within(client, publicationsOf(settings, notification), signal);
    return 'acknowledged by the broker';
  } finally {
    await client.endAsync(true);
  }
};

async function within(client: MqttClient, all: readonly Publication[], signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error('the broker does not acknowledge'));
    limit.addEventListener('abort', giveUp, { once: true });
    client.once('error', reject).once('close', () => reject(new Error('the broker closed the connection')));
  });
  for (const { topic, payload, retain } of all) {
    await Promise.race([client.publishAsync(topic, payload, { qos: 1, retain }), late]);
  }
  // Nobody waits for it any more.
  late.catch(() => undefined);
}
