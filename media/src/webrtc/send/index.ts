export { type FedFrame, Feed, type FeedEnd, type FeedLane, type FeedReader } from './feed.ts';
export type { PacketizedFrame, Payload } from './packets.ts';
export { Sender, type SenderFigures, type SenderOptions } from './sender.ts';
