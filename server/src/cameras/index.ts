export { Adoption } from './adoption.ts';
export type { CameraView } from './camera.ts';
export { Cameras, isActive } from './cameras.ts';
export { PublishKeys } from './publish-keys.ts';
