/** What a crowd counts, printed each 200 ms for whoever asked it together. */
export class Counts {
  readonly #counted = { bytes: 0, first: 0, alive: 0, closed: 0, gaps: {} as Record<number, number> };

  constructor() {
    setInterval(() => console.log(JSON.stringify(this.#counted)), 200);
    process.stdin.on('end', () => process.exit(0)).resume();
  }

  opened(): void {
    this.#counted.alive++;
  }

  closed(): void {
    this.#counted.alive--;
    this.#counted.closed++;
  }

  /** One viewer, which is told of each read of so many bytes. */
  viewer(): (bytes: number) => void {
    let last = 0;
    return (bytes) => {
      const counted = this.#counted;
      counted.bytes += bytes;
      const now = performance.now();
      if (last === 0) counted.first++;
      else {
        const gap = Math.round(now - last);
        counted.gaps[gap] = (counted.gaps[gap] ?? 0) + 1;
      }
      last = now;
    };
  }
}
