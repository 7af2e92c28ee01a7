import { eitherOf, type Named, nameIn, type Shape } from './shape.ts';

const PLAIN: Readonly<Record<string, string>> = {
  string: 'str',
  number: 'float',
  integer: 'int',
  boolean: 'bool',
  null: 'None',
};
const HEAD = `"""Shapes of the partners' API. Written from the contract by tools/src/partner-clients; not to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional, TypedDict, Union

if TYPE_CHECKING:
    from typing import NotRequired
`;

/** The Python client's names: without the word that sets them apart in the contract. */
const nameOf = (name: string): string => name.replace(/^Partner/, '');
const camel = (name: string): string =>
  name
    .split('_')
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('');
const maybe = (always: boolean, type: string): string => (always ? type : `NotRequired[${type}]`);
const literal = (value: unknown): string => JSON.stringify(value);

/** Classes as they are met; what is inside another comes before it. */
class Printer {
  readonly classes: string[] = [];

  named({ name, shape }: Named): void {
    const own = nameOf(name);
    if (shape.properties) this.#class(own, shape);
    else this.classes.push(`${own} = ${this.#type(shape, own)}\n`);
  }

  #class(name: string, { properties = {}, required = [], description }: Shape): string {
    const lines = Object.entries(properties).flatMap(([field, shape]) => [
      ...(shape.description ? [`    #: ${shape.description}`] : []),
      `    ${field}: ${maybe(required.includes(field), this.#type(shape, `${name}${camel(field)}`))}`,
    ]);
    const said = description ? [`    """${description}"""`, ''] : [];
    this.classes.push(`class ${name}(TypedDict):\n${[...said, ...lines].join('\n')}\n`);
    return name;
  }

  #type(shape: Shape, within: string): string {
    if (shape.$ref) return nameOf(nameIn(shape.$ref));
    if ('const' in shape) return `Literal[${literal(shape.const)}]`;
    if (shape.enum) return `Literal[${shape.enum.map(literal).join(', ')}]`;
    const either = eitherOf(shape);
    if (either) return this.#either(either, within);
    if (shape.items) return `list[${this.#type(shape.items, within)}]`;
    if (shape.properties) return this.#class(within, shape);
    if (shape.type === 'object') {
      const { additionalProperties: each } = shape;
      return `dict[str, ${typeof each === 'object' ? this.#type(each, within) : 'Any'}]`;
    }
    return PLAIN[String(shape.type)] ?? 'Any';
  }

  #either(shapes: readonly Shape[], within: string): string {
    const rest = shapes.filter(({ type }) => type !== 'null');
    const names = rest.map((shape) => {
      const type = shape.properties?.['type']?.const;
      return this.#type(
        shape,
        typeof type === 'string' ? `${within}${camel(type.replace('.', '_'))}` : within,
      );
    });
    const unique = [...new Set(names)];
    const [only] = unique;
    const all = unique.length === 1 && only !== undefined ? only : `Union[${unique.join(', ')}]`;
    return rest.length < shapes.length ? `Optional[${all}]` : all;
  }
}

/** What is answered, as Python. */
export function pythonText({ answered }: { answered: Named[] }): string {
  const printer = new Printer();
  for (const named of answered) printer.named(named);
  return `${HEAD}\n\n${printer.classes.join('\n\n')}`;
}
