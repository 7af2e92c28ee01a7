import {
  type AggregateFunctionNode,
  type BinaryOperationNode,
  ColumnNode,
  type ColumnUpdateNode,
  type InsertQueryNode,
  MysqlQueryCompiler,
  type OnConflictNode,
  type OperationNode,
  OperatorNode,
  ReferenceNode,
  type ReturningNode,
  SelectQueryNode,
} from 'kysely';

/** Name of a column; undefined for what is none. */
function columnName(node: OperationNode): string | undefined {
  if (ColumnNode.is(node)) return node.column.name;
  return ReferenceNode.is(node) ? columnName(node.column) : undefined;
}
const tableName = ({ table }: ReferenceNode): string | undefined => table?.table.identifier.name;

/** What a row that was not written, because it was there, answers as the number it was given. */
export const WAS_THERE = Number.MAX_SAFE_INTEGER;

/** Columns of the stored row that a condition asks for. */
function asked(node: OperationNode): string[] {
  if (ReferenceNode.is(node)) return tableName(node) === 'excluded' ? [] : [columnName(node) ?? ''];
  return Object.values(node)
    .flat()
    .flatMap((part: unknown) =>
      typeof part === 'object' && part !== null && 'kind' in part ? asked(part as OperationNode) : [],
    );
}

/**
 * Says in MySQL's words what the stores say in those that SQLite and PostgreSQL share: `on conflict`, `excluded`,
 * `filter`, and a limited selection behind `in`. What MySQL cannot do at all is an error here, not there.
 */
export class NeutralMysqlCompiler extends MysqlQueryCompiler {
  #into = '';
  #first = '';

  protected override visitInsertQuery(node: InsertQueryNode): void {
    this.#into = node.into?.table.identifier.name ?? '';
    this.#first = node.columns?.[0]?.column.name ?? '';
    super.visitInsertQuery(node);
  }

  protected override visitOnConflict({ doNothing, updates, updateWhere }: OnConflictNode): void {
    this.append('on duplicate key update ');
    if (doNothing === true || !updates) this.#changeNothing();
    else if (updateWhere) this.#updateWhere(updates, updateWhere.where);
    else this.compileList(updates);
  }

  /** Unlike `insert ignore` it hides no other error; the number tells the driver that the row was there. */
  #changeNothing(): void {
    const name = this.#stored(this.#first);
    this.append(`${name} = if(last_insert_id(${WAS_THERE}) = 0, ${name}, ${name})`);
  }

  /** MySQL assigns from left to right: what the condition asks for must change last. */
  #updateWhere(updates: readonly ColumnUpdateNode[], condition: OperationNode): void {
    const needed = new Set(asked(condition));
    const isNeeded = ({ column }: ColumnUpdateNode): boolean => needed.has(columnName(column) ?? '');
    const last = updates.filter(isNeeded);
    if (last.length > 1) throw new Error('MySQL can change one column alone that the condition asks for');
    for (const [index, update] of [...updates.filter((each) => !isNeeded(each)), ...last].entries()) {
      const name = this.#stored(columnName(update.column) ?? '');
      this.append(`${index > 0 ? ', ' : ''}${name} = if(`);
      this.visitNode(condition);
      this.append(', ');
      this.visitNode(update.value);
      this.append(`, ${name})`);
    }
  }

  protected override visitReference(node: ReferenceNode): void {
    if (tableName(node) !== 'excluded') {
      super.visitReference(node);
      return;
    }
    this.append('values(');
    this.visitNode(node.column);
    this.append(')');
  }

  protected override visitAggregateFunction(node: AggregateFunctionNode): void {
    const [argument] = node.aggregated;
    if (!node.filter || !argument) {
      super.visitAggregateFunction(node);
      return;
    }
    this.append(`${node.func}(case when `);
    this.visitNode(node.filter.where);
    this.append(' then ');
    if (argument.kind === 'SelectAllNode') this.append('1');
    else this.visitNode(argument);
    this.append(' end)');
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const chooses = OperatorNode.is(operator) && ['in', 'not in'].includes(operator.operator);
    if (!chooses || !SelectQueryNode.is(rightOperand) || !rightOperand.limit) {
      super.visitBinaryOperation(node);
      return;
    }
    // A table of its own, for `in` takes no limit and a table that is changed cannot be asked.
    this.visitNode(leftOperand);
    this.append(` ${operator.operator} (select * from `);
    this.visitNode(rightOperand);
    this.append(' as chosen)');
  }

  protected override visitReturning(_node: ReturningNode): void {
    throw new Error('MySQL returns no rows from a change: select them in the same transaction');
  }

  /** A column of the stored row: what rows are selected from may have one of that name. */
  #stored(name: string): string {
    return [this.#into, name].map((each) => `\`${this.sanitizeIdentifier(each)}\``).join('.');
  }
}
