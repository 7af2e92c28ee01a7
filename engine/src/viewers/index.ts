export { FlvSession } from './flv-session.ts';
export { Outlet, type Wire } from './outlet.ts';
export { Viewer, type ViewerRequest } from './viewer.ts';
export { ViewerLimitError, Viewers } from './viewers.ts';
