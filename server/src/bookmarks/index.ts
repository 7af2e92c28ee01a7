export type { Bookmark } from './bookmark.ts';
export { Bookmarks, type NewBookmark } from './bookmarks.ts';
