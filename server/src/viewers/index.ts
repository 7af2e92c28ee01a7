export { Viewers, type ViewerView } from './viewers.ts';
