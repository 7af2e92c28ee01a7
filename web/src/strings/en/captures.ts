/** Bookmarks, snapshots and exports. */
export const captures = {
  captures: {
    bookmarks: 'Bookmarks',
    snapshots: 'Snapshots',
    bookmark: 'Bookmark',
    noCameras: 'There are no cameras whose bookmarks you may see.',
    noBookmarks: 'There are no bookmarks that fit. One keeps the seconds around a moment as a clip.',
    noSnapshots: 'There are no snapshots yet.',
    label: 'What is to be seen',
    tag: 'Tag',
    markNow: 'Bookmark this moment',
    take: 'Take a snapshot',
    states: { pending: 'Waiting…', processing: 'Being made…', ready: 'Ready', failed: 'Failed' },
    removeTitle: (name: string) => `Delete ${name}?`,
    removeText: 'The file is deleted. This cannot be undone.',
  },
  exports: {
    title: 'Exports',
    create: 'Export with proof',
    shareText: (time: string) => `Whoever has this link may download the file until ${time}.`,
    states: {
      waiting: 'Waiting',
      running: 'Being exported',
      completed: 'Exported',
      failed: 'Failed',
      cancelled: 'Called off',
    },
  },
};
