import type { Fact, SegmentGrowth } from '@nightjar/contract/link';
import type { Database, Sql } from '../database/index.ts';
import { type Clock, isoNow } from '../kernel/index.ts';
import { linkStore } from './store.ts';

/** A room that hears the engine's facts. */
export interface FactSink {
  /** In the transaction that also stores the fact's number. */
  readonly store: (sql: Sql, fact: Fact) => Promise<void>;
  /** The same of facts that are all of growth, each of another segment; without it they are stored one by one. */
  readonly storeGrowth?: (sql: Sql, facts: readonly SegmentGrowth[]) => Promise<void>;
  /** After the commit, in order. */
  readonly observe: (fact: Fact) => void;
}

export interface NumberedFact {
  seq: number;
  fact: Fact;
}

/** How far a file has grown stands in the file, which is compared with the index whenever the engine comes. */
const isGrowth = (fact: Fact): fact is SegmentGrowth => fact.kind === 'segment.grown';

/**
 * Facts whose loss with the power harms nobody: who watched is gone as well then. To wait for the disk at each coming
 * would hold up the loop that writes the others' pictures.
 */
const isFleeting = (fact: Fact): boolean =>
  isGrowth(fact) || fact.kind === 'viewer.opened' || fact.kind === 'viewer.closed';

/** Stores facts exactly once: a fact and its number are committed together. */
export class Intake {
  readonly #options: { database: Database; clock: Clock; sinks: readonly FactSink[] };

  constructor(options: { database: Database; clock: Clock; sinks: readonly FactSink[] }) {
    this.#options = options;
  }

  /** Applies a batch in one transaction; what this epoch already brought is skipped. */
  async take(epoch: string, batch: readonly NumberedFact[]): Promise<void> {
    const { database, clock, sinks } = this.#options;
    const growthAlone = batch.every(({ fact }) => isGrowth(fact));
    const fleeting = batch.every(({ fact }) => isFleeting(fact));
    const store = fleeting ? database.recoverable : database.transaction;
    const fresh = await store(async (sql) => {
      const last = await linkStore.lastSeq(sql, epoch);
      const facts = batch.filter(({ seq }) => seq > last);
      if (growthAlone) await this.#storeGrowth(sql, facts.map(({ fact }) => fact).filter(isGrowth));
      else for (const { fact } of facts) for (const sink of sinks) await sink.store(sql, fact);
      const newest = facts.reduce((highest, { seq }) => Math.max(highest, seq), last);
      if (newest > last) await linkStore.setLastSeq(sql, epoch, newest, isoNow(clock));
      return facts;
    });
    for (const { fact } of fresh) {
      for (const sink of sinks) sink.observe(fact);
    }
  }

  async #storeGrowth(sql: Sql, facts: readonly SegmentGrowth[]): Promise<void> {
    for (const sink of this.#options.sinks) {
      if (sink.storeGrowth) await sink.storeGrowth(sql, facts);
      else for (const fact of facts) await sink.store(sql, fact);
    }
  }
}
