export type { StillPlan } from './live-stills.ts';
export { MULTIPART_TYPE } from './multipart.ts';
export { fpsOf, PictureOptionsError, pictureOptions } from './options.ts';
export { type HubPicture, PictureHub, type PictureTaker, TooManyRowsError } from './picture-hub.ts';
export { PictureHubs } from './picture-hubs.ts';
export { type PictureRooms, pictureRooms } from './picture-rooms.ts';
export { RecordedStills } from './recorded-stills.ts';
export { serveMjpeg } from './serve-mjpeg.ts';
