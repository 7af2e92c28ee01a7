export type { IncomingFormat } from './incoming-track.ts';
export { MediaReceiver, type ReceiverFigures } from './media-receiver.ts';
