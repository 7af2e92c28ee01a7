export { type Config, parseConfig } from './config.ts';
export { ConfigurationError } from './configuration-error.ts';
export { type Environment, parseEnvironment } from './environment.ts';
