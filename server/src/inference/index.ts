export { checkModel } from './check.ts';
export { Marker } from './marker.ts';
export { type InstalledModel, Models } from './models.ts';
