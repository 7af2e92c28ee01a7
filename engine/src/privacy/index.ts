export { type CoverPictures, type Original, renditionSource } from './rendition-source.ts';
