/** Words of examples and habits that no secret contains. */
const SAMPLES = [
  'changeme',
  'change-me',
  'change_me',
  'your-auth-token',
  'your-token',
  'yourtoken',
  'auth-token',
  'example',
  'sample',
  'placeholder',
  'password',
  'passw0rd',
  'letmein',
  'nightjar',
  'secret',
  'admin',
  'qwerty',
  'abcdefgh',
  '12345678',
  '01234567',
  'deadbeef',
];

/** Shannon entropy of the characters, in bits for each. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether the text is one shorter text over and over. */
function repeats(text: string): boolean {
  return `${text}${text}`.indexOf(text, 1) < text.length;
}

/** Why a secret given by the operator is refused, without repeating it; undefined when it may be used. */
export function guessable(text: string, minLength: number): string | undefined {
  if (text.length < minLength) return `must have at least ${minLength} characters`;
  if (!/^[\x21-\x7e]*$/.test(text)) return 'must be printable ASCII without spaces';
  const lower = text.toLowerCase();
  if (SAMPLES.some((sample) => lower.includes(sample)))
    return 'looks like a documented example or a common word';
  if (repeats(text) || bitsPerCharacter(text) < 2.75) return 'repeats too few characters; use a random value';
  return undefined;
}
