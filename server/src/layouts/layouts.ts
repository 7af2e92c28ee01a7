import { randomBytes } from 'node:crypto';
import type { Database } from '../database/index.ts';
import { type Clock, createSerial, DomainError, isoNow } from '../kernel/index.ts';
import type { Layout, LayoutContent, LayoutOwner } from './layout.ts';
import { layoutStore } from './store.ts';

/** Of one owner. */
const MAX_LAYOUTS = 200;

/** Walls of cameras, each of one owner, who may share it. */
export class Layouts {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #inTurn = createSerial();

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Own and shared ones, by name. */
  list(viewer: LayoutOwner): Promise<Layout[]> {
    return layoutStore.known(this.#database.sql, viewer);
  }

  /** Throws NOT_FOUND for what is not there, and for what others keep to themselves. */
  async get(viewer: LayoutOwner, id: string): Promise<Layout> {
    const layout = await layoutStore.find(this.#database.sql, id);
    if (!layout || !(layout.shared || isOwn(viewer, layout))) throw notFound(id);
    return layout;
  }

  /** Throws CONFLICT for a name that the owner has used. */
  create(owner: LayoutOwner, content: LayoutContent): Promise<Layout> {
    return this.#inTurn(async () => {
      const { sql } = this.#database;
      await this.#mustBeFree(owner, content.name, undefined);
      if ((await layoutStore.count(sql, owner)) >= MAX_LAYOUTS) {
        throw new DomainError('CONFLICT', `There are ${MAX_LAYOUTS} layouts already: remove one`);
      }
      const now = isoNow(this.#clock);
      const id = `layout-${randomBytes(5).toString('hex')}`;
      const { kind, id: ownerId } = owner;
      const layout = { ...content, id, owner: { kind, id: ownerId }, createdAt: now, updatedAt: now };
      await layoutStore.insert(sql, layout);
      return layout;
    });
  }

  /** Throws NOT_FOUND, CONFLICT, and FORBIDDEN for what another shares. */
  update(owner: LayoutOwner, id: string, patch: Partial<LayoutContent>): Promise<Layout> {
    return this.#inTurn(async () => {
      const before = await this.#own(owner, id);
      if (patch.name !== undefined) await this.#mustBeFree(owner, patch.name, id);
      const layout = { ...before, ...patch, updatedAt: isoNow(this.#clock) };
      await layoutStore.update(this.#database.sql, layout);
      return layout;
    });
  }

  /** Throws NOT_FOUND, FORBIDDEN. */
  remove(owner: LayoutOwner, id: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#own(owner, id);
      await layoutStore.remove(this.#database.sql, id);
    });
  }

  async #own(owner: LayoutOwner, id: string): Promise<Layout> {
    const layout = await this.get(owner, id);
    if (!isOwn(owner, layout)) throw new DomainError('FORBIDDEN', 'Its owner alone changes a layout');
    return layout;
  }

  async #mustBeFree(owner: LayoutOwner, name: string, self: string | undefined): Promise<void> {
    const taken = await layoutStore.named(this.#database.sql, owner, name);
    if (taken !== undefined && taken !== self) {
      throw new DomainError('CONFLICT', 'The name is taken', { field: 'name' });
    }
  }
}

const isOwn = (viewer: LayoutOwner, { owner }: Pick<Layout, 'owner'>): boolean =>
  owner.kind === viewer.kind && owner.id === viewer.id;

const notFound = (id: string): DomainError =>
  new DomainError('NOT_FOUND', `No layout with ID '${id}'`, { id });
