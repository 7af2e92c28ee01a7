export { Marker } from './marker.ts';
export { type InstalledModel, Models } from './models.ts';
export { openModels } from './open-models.ts';
export { Portraits } from './portraits.ts';
