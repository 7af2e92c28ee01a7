import { readLanguage, speak } from './strings/index.ts';
import { applyTheme, readTheme } from './theme/theme.ts';
import './theme/page.css';

applyTheme(readTheme(localStorage), localStorage, document.documentElement);
const language = readLanguage(localStorage, navigator.languages);
document.documentElement.lang = language;
await speak(language);
// After it, so that every module finds the words of its language.
const { showPage } = await import('./app/root.tsx');
showPage(document.getElementById('root')!);
