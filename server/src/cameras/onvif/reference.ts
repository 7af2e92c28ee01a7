import { NS } from './soap/soap.ts';

const PARAMETERS =
  /<(?:[\w.-]+:)?ReferenceParameters\b[^>]*>([\s\S]{1,2000}?)<\/(?:[\w.-]+:)?ReferenceParameters>/;
const CHILD = /<(?:([\w.-]+):)?([\w.-]+)([^<>]*)>([^<>]*)<\/(?:[\w.-]+:)?\2>/g;
const SPACE = /\bxmlns(?::([\w.-]+))?=(["'])([^"'<>&]{1,300})\2/g;
const MOST = 8;

/**
 * The reference parameters of an answer (WS-Addressing 1.0 2.1), as the header elements that every message to the
 * subscription must carry. Some makers name a subscription by them alone, its address being that of the service.
 */
export function referenceHeaders(answer: string): string {
  const inner = PARAMETERS.exec(answer)?.[1];
  if (inner === undefined) return '';
  const known = spacesOf(answer);
  const children = [...inner.matchAll(CHILD)].slice(0, MOST);
  return children
    .map(([, prefix = '', name = '', attributes = '', text = '']) => {
      const space = spacesOf(attributes).get(prefix) ?? (prefix === '' ? undefined : known.get(prefix));
      const own = space === undefined ? '' : ` xmlns="${space}"`;
      return `<${name}${own} a:IsReferenceParameter="true" xmlns:a="${NS.addressing}">${text}</${name}>`;
    })
    .join('');
}

function spacesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(SPACE)].map(([, prefix = '', , space = '']) => [prefix, space]));
}
