export { type FedFrame, Feed } from './feed.ts';
export type { PacketizedFrame } from './packets.ts';
export type { FeedEnd, FeedLane, FeedReader } from './reader.ts';
export { Sender, type SenderFigures, type SenderOptions } from './sender.ts';
