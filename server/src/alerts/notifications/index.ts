export type { Notification } from './channel.ts';
export { Channels, type ChannelView } from './channels.ts';
export { pushPublicKey } from './senders/index.ts';
