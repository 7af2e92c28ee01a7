export type { Config } from './config.ts';
export { ConfigurationError } from './configuration-error.ts';
export { type Environment, parseEnvironment } from './environment.ts';
export { Settings } from './settings.ts';
