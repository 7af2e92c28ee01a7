/** Walls that people arrange. */
export const layouts = {
  layouts: {
    every: '모든 카메라',
    fresh: '새 배치…',
    change: '이 배치 바꾸기…',
    remove: '이 배치 삭제',
    name: '배치 이름',
    columns: '열',
    columnsOf: (count: number) => `${count}열`,
    shared: '누구나 쓸 수 있게',
    help: '카메라를 끌어 순서를 정하세요. 키보드로는 손잡이에서 스페이스를 누르고 화살표로 옮긴 뒤 다시 스페이스를 누릅니다.',
    move: (id: string) => `${id} 옮기기`,
    larger: (id: string) => `${id} 크게`,
    smaller: (id: string) => `${id} 작게`,
    leaveOut: (id: string) => `${id} 빼기`,
  },
};
