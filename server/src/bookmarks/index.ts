export { type Bookmark, windowOf } from './bookmark.ts';
export { Bookmarks } from './bookmarks.ts';
