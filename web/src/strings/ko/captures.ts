/** Bookmarks, snapshots and exports. */
export const captures = {
  captures: {
    bookmarks: '북마크',
    snapshots: '스냅샷',
    bookmark: '북마크',
    noCameras: '북마크를 볼 수 있는 카메라가 없습니다.',
    noBookmarks: '맞는 북마크가 없습니다. 북마크는 한순간의 앞뒤 몇 초를 클립으로 보관합니다.',
    noSnapshots: '아직 스냅샷이 없습니다.',
    label: '무엇이 보이나요',
    tag: '태그',
    markNow: '이 순간 북마크',
    take: '스냅샷 찍기',
    states: { pending: '기다리는 중…', processing: '만드는 중…', ready: '준비됨', failed: '실패' },
    removeTitle: (name: string) => `${name} 항목을 삭제할까요?`,
    removeText: '파일이 지워집니다. 되돌릴 수 없습니다.',
  },
  exports: {
    title: '내보내기',
    create: '증명과 함께 내보내기',
    shareText: (time: string) => `이 링크가 있으면 누구나 ${time}까지 파일을 내려받을 수 있습니다.`,
    states: {
      waiting: '기다리는 중',
      running: '내보내는 중',
      completed: '내보냄',
      failed: '실패',
      cancelled: '취소됨',
    },
  },
};
