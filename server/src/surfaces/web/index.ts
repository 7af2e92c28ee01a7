export { docsRoutes } from './docs.ts';
export { webPage } from './page.ts';
