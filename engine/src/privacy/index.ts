export { type CoverPictures, renditionSource } from './rendition-source.ts';
export { RenditionWriter } from './rendition-writer.ts';
