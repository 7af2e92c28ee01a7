import { en, type Strings } from './en/index.ts';

export type Language = 'en' | 'ko';
export const LANGUAGES: readonly Language[] = ['en', 'ko'];
const KEY = 'nightjar.language';

/** The words of the page in the reader's language: chosen before anything else of the page is loaded. */
export let t: Strings = en;

/** What was chosen on this device, else the first language of the browser that we speak. */
export function readLanguage(storage: Pick<Storage, 'getItem'>, spoken: readonly string[]): Language {
  const known = [storage.getItem(KEY), ...spoken].map((tag) =>
    LANGUAGES.find((language) => tag?.toLowerCase().split('-')[0] === language),
  );
  return known.find((language) => language !== undefined) ?? 'en';
}

/** Makes `language` that of the page. */
export async function speak(language: Language): Promise<void> {
  t = language === 'ko' ? (await import('./ko/index.ts')).ko : en;
}

/** Remembers the choice; it counts from the next load of the page. */
export const keepLanguage = (storage: Pick<Storage, 'setItem'>, language: Language): void =>
  storage.setItem(KEY, language);
