export { type FinderOptions, finderModel, type YoloLayout } from './finder.ts';
export { yolov5nModel } from './yolov5n.ts';
