export { type LiveStill, LiveStills, type StillPlan, type StillWish } from './live-stills.ts';
export { BOUNDARY, MULTIPART_TYPE } from './multipart.ts';
export { fpsOf, type PictureOptions, PictureOptionsError, pictureOptions } from './options.ts';
export {
  type HubPicture,
  PictureHub,
  type PictureTaker,
  type PictureWish,
  TooManyRowsError,
} from './picture-hub.ts';
export { PictureHubs } from './picture-hubs.ts';
export { type PictureRooms, pictureRooms } from './picture-rooms.ts';
export { type RecordedStill, RecordedStills } from './recorded-stills.ts';
export { type MjpegRequest, serveMjpeg } from './serve-mjpeg.ts';
