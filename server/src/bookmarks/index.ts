export type { Bookmark } from './bookmark.ts';
export { Bookmarks } from './bookmarks.ts';
