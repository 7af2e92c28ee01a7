export { Blurrer, type Cover, type Sight } from './blurrer.ts';
