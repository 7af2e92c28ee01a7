import type { ApiClient } from '../../api/client.ts';
import type { Channel } from '../../api/types.ts';

const KEY = 'nightjar.push-channel';
const WORKER = '/push-worker.js';
const CHANNELS = '/api/v1/notification-channels';

/** What of the browser is needed. */
export interface PushTools {
  api: Pick<ApiClient, 'get' | 'post' | 'delete'>;
  workers: Pick<ServiceWorkerContainer, 'register'>;
  askPermission: () => Promise<NotificationPermission>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** Whether this browser can be pushed to: `insecure` is a page that did not come by HTTPS. */
export function pushAbility(scope: {
  isSecureContext: boolean;
  PushManager?: unknown;
  Notification?: unknown;
}): 'able' | 'insecure' | 'unable' {
  if (!scope.isSecureContext) return 'insecure';
  return scope.PushManager === undefined || scope.Notification === undefined ? 'unable' : 'able';
}

/** The channel that leads to this browser; null when there is none. */
export const pushChannel = (storage: PushTools['storage']): string | null => storage.getItem(KEY);

/** Makes this browser a channel called `name`. Resolves to false when the person did not allow it. */
export async function subscribe(name: string, tools: PushTools): Promise<boolean> {
  const { api, workers, storage } = tools;
  if ((await tools.askPermission()) !== 'granted') return false;
  const { public_key } = await api.get<{ public_key: string }>('/api/v1/web-push/key');
  const registration = await workers.register(WORKER);
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: public_key,
  });
  const { endpoint, keys } = subscription.toJSON();
  try {
    const settings = { endpoint, keys };
    const { id } = await api.post<Channel>(CHANNELS, { name, kind: 'webpush', settings });
    storage.setItem(KEY, id);
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
  return true;
}

/** This browser is told no more. */
export async function unsubscribe(tools: PushTools): Promise<void> {
  const { api, workers, storage } = tools;
  const id = pushChannel(storage);
  if (id !== null) await api.delete(`${CHANNELS}/${id}`);
  storage.removeItem(KEY);
  const registration = await workers.register(WORKER);
  await (await registration.pushManager.getSubscription())?.unsubscribe();
}
