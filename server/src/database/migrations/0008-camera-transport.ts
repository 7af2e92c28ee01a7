import type { Migration } from './migration.ts';

/** How a camera is reached, and by which certificate it is known. */
export const cameraTransport: Migration = {
  number: 8,
  name: 'camera transport',
  statements: [
    // auto, tcp, udp or http
    "alter table streams add column transport text not null default 'auto'",
    // SHA-256 of the only certificate the camera may show; null before the first
    'alter table streams add column tls_pinned text',
    // of another one that it showed since, until somebody accepts it
    'alter table streams add column tls_refused text',
  ],
};
