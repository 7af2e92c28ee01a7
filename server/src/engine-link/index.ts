export { EngineLink } from './engine-link.ts';
