/** Walls that people arrange. */
export const layouts = {
  layouts: {
    every: 'All cameras',
    fresh: 'New layout…',
    change: 'Change this layout…',
    remove: 'Remove this layout',
    name: 'Name of the layout',
    columns: 'Columns',
    columnsOf: (count: number) => (count === 1 ? '1 column' : `${count} columns`),
    shared: 'Everybody may use it',
    help: 'Drag the cameras into order. By keyboard: press space on a handle, move with the arrows, press space again.',
    move: (id: string) => `Move ${id}`,
    larger: (id: string) => `Make ${id} larger`,
    smaller: (id: string) => `Make ${id} smaller`,
    leaveOut: (id: string) => `Leave ${id} out`,
  },
};
