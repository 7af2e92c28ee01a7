/** One step forward; what was released is never edited again. */
export interface Migration {
  /** From 1 without gaps. */
  number: number;
  name: string;
  /** Run in one transaction. */
  statements: readonly string[];
}
