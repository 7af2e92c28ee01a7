import { XMLParser } from 'fast-xml-parser';
import { OnvifError } from '../onvif-error.ts';
import type { Element } from './xml.ts';

const MAX_DEPTH = 60;

/** Prefixes differ from maker to maker and only local names carry meaning in these schemas: they are taken off. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
});

/**
 * Reads a document. Document types are refused: they hold entities, which grow.
 * @throws OnvifError `not_onvif`.
 */
export function parseXml(text: string): Element {
  if (/<!DOCTYPE/i.test(text)) throw new OnvifError('not_onvif', 'the answer declares a document type');
  try {
    const parsed: unknown = parser.parse(text);
    if (isElement(parsed)) return parsed;
  } catch (error) {
    throw new OnvifError('not_onvif', 'the answer is no XML', { cause: error });
  }
  throw new OnvifError('not_onvif', 'the answer is no XML');
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
