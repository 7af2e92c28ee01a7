export { type CoverPictures, renditionSource } from './rendition-source.ts';
