import { describe, expect, it } from 'vitest';
import { type PushTools, pushAbility, pushChannel, subscribe, unsubscribe } from './web-push.ts';

const SETTINGS = { endpoint: 'https://push.example/1', keys: { p256dh: 'a', auth: 'b' } };

function setUp(options: { permission?: NotificationPermission; refused?: boolean } = {}) {
  const kept = new Map<string, string>();
  const calls: unknown[] = [];
  const subscription = {
    toJSON: () => SETTINGS,
    unsubscribe: async () => calls.push('unsubscribe'),
  };
  const pushManager = {
    subscribe: async (asked: unknown) => {
      calls.push(asked);
      return subscription;
    },
    getSubscription: async () => subscription,
  };
  const tools = {
    api: {
      get: async () => ({ public_key: 'BAA' }),
      post: async (path: string, body: unknown) => {
        calls.push([path, body]);
        if (options.refused) throw new Error('refused');
        return { id: 'chan-1' };
      },
      delete: async (path: string) => void calls.push(path),
    },
    workers: { register: async () => ({ pushManager }) },
    askPermission: async () => options.permission ?? 'granted',
    storage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
  } as unknown as PushTools;
  return { tools, calls };
}

describe('a browser', () => {
  it('becomes a channel with its own address and keys, and is none any more', async () => {
    const { tools, calls } = setUp();
    expect(await subscribe('Firefox', tools)).toBe(true);
    expect(calls).toEqual([
      { userVisibleOnly: true, applicationServerKey: 'BAA' },
      ['/api/v1/notification-channels', { name: 'Firefox', kind: 'webpush', settings: SETTINGS }],
    ]);
    expect(pushChannel(tools.storage)).toBe('chan-1');
    calls.length = 0;
    await unsubscribe(tools);
    expect(calls).toEqual(['/api/v1/notification-channels/chan-1', 'unsubscribe']);
    expect(pushChannel(tools.storage)).toBeNull();
  });

  it('is none without permission, and leaves nothing behind when the server refuses', async () => {
    const asked = setUp({ permission: 'denied' });
    expect(await subscribe('x', asked.tools)).toBe(false);
    expect(asked.calls).toEqual([]);
    const refused = setUp({ refused: true });
    await expect(subscribe('x', refused.tools)).rejects.toThrow('refused');
    expect(refused.calls.at(-1)).toBe('unsubscribe');
    expect(pushChannel(refused.tools.storage)).toBeNull();
  });

  it.each([
    [{ isSecureContext: false, PushManager: {}, Notification: {} }, 'insecure'],
    [{ isSecureContext: true, Notification: {} }, 'unable'],
    [{ isSecureContext: true, PushManager: {}, Notification: {} }, 'able'],
  ] as const)('%j is %s', (scope, ability) => expect(pushAbility(scope)).toBe(ability));
});
