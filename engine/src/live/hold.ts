/** Media seconds that a viewer is given at once: 0 is a frame. */
export type Hold = 0 | 0.2;

/** What an address asks for: a frame, or 200 ms with `parts=200`, which costs half as much and comes that much later. */
export const holdOf = (query: URLSearchParams): Hold => (query.get('parts') === '200' ? 0.2 : 0);
