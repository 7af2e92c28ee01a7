import { readFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { ModelFacts } from '@nightjar/contract';
import { parseDocument, stringify } from 'yaml';
import { hasCode } from '../kernel/index.ts';

/** Characters of the YAML beside a model. */
const MAX_TEXT = 100_000;

/** More bytes than are taken. */
export class TooLarge extends Error {}

/** What the YAML beside a model says, or what is wrong with it. */
export async function readFacts(path: string): Promise<ModelFacts | string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return 'there is no YAML of the same name beside it: classes, size and layout are not known';
  }
  if (text.length > MAX_TEXT) return 'the YAML beside it is too long';
  const document = parseDocument(text, { uniqueKeys: true });
  const [wrong] = document.errors;
  if (wrong) return `the YAML beside it: ${wrong.message.split('\n')[0]}`;
  const parsed = ModelFacts.safeParse(document.toJS({ maxAliasCount: 10 }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `the YAML beside it: ${issue?.path.join('.')}: ${issue?.message}`;
}

/** The YAML of a model that was sent. */
export const writtenFacts = (facts: ModelFacts): string => stringify(facts);

/** Passes bytes on, and fails with TooLarge beyond so many. */
export function upTo(most: number): Transform {
  let count = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count += chunk.length;
      if (count > most) done(new TooLarge());
      else done(null, chunk);
    },
  });
}
