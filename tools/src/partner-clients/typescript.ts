import { eitherOf, type Named, nameIn, type Shape } from './shape.ts';

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);

function typeOf(shape: Shape): string {
  if (shape.$ref) return nameIn(shape.$ref);
  if ('const' in shape) return literal(shape.const);
  if (shape.enum) return shape.enum.map(literal).join(' | ');
  const either = eitherOf(shape);
  if (either) return [...new Set(either.map(typeOf))].join(' | ');
  if (shape.items) return `Array<${typeOf(shape.items)}>`;
  if (shape.properties) return `{\n${fieldsOf(shape)}\n}`;
  if (shape.type === 'object') {
    const { additionalProperties: each } = shape;
    return `Record<string, ${typeof each === 'object' ? typeOf(each) : 'unknown'}>`;
  }
  return PLAIN[String(shape.type)] ?? 'unknown';
}

function fieldsOf({ properties = {}, required = [] }: Shape): string {
  return Object.entries(properties)
    .map(([name, shape]) => {
      const said = shape.description ? `/** ${shape.description} */\n` : '';
      return `${said}${name}${required.includes(name) ? '' : '?'}: ${typeOf(shape)};`;
    })
    .join('\n');
}

function declared({ name, shape }: Named): string {
  if (shape.properties) return `export interface ${name} {\n${fieldsOf(shape)}\n}\n`;
  return `export type ${name} = ${typeOf(shape)};\n`;
}

/** The shapes as TypeScript, before it is formatted. */
export function typescriptText({ sent, answered }: { sent: Named[]; answered: Named[] }): string {
  const head = [
    // In two pieces, for it is no exemption of this file.
    ['// house:', 'budgets exempt because it is written from the contract: `npm run clients`'].join(' '),
    '// Shapes of the partners’ API. Written from the contract by tools/src/partner-clients; not to be edited.',
  ];
  return `${head.join('\n')}\n\n${[...answered, ...sent].map(declared).join('\n')}`;
}
