// Shows what Nightjar pushes to this browser, also while no page of it is open.
self.addEventListener('push', (event) => {
  const told = event.data ? event.data.json() : {};
  const options = {
    body: told.message,
    tag: told.id,
    icon: '/icon.svg',
    timestamp: Date.parse(told.timestamp),
    data: { path: told.camera_id ? `/cameras/${encodeURIComponent(told.camera_id)}` : '/alerts' },
  };
  event.waitUntil(self.registration.showNotification(told.title ?? 'Nightjar', options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.path));
});
