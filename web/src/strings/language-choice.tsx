import { keepLanguage, LANGUAGES, type Language, t } from './index.ts';

/** Changes the language of the page, which loads anew in it. */
export function LanguageChoice({ wide = false }: { wide?: boolean }) {
  const change = (language: Language) => {
    keepLanguage(localStorage, language);
    location.reload();
  };
  return (
    <select
      className={wide ? '' : 'button quiet'}
      aria-label={t.language.label}
      value={t.locale}
      onChange={(event) => change(event.target.value as Language)}
    >
      {LANGUAGES.map((language) => (
        <option key={language} value={language} lang={language}>
          {t.language[language]}
        </option>
      ))}
    </select>
  );
}
