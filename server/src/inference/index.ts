export { checkModel } from './check.ts';
export { type InstalledModel, Models } from './models.ts';
