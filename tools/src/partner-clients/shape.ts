/** What is used of JSON Schema (2020-12) in the partners' contract. */
export interface Shape {
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  type?: string | string[];
  anyOf?: Shape[];
  oneOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: boolean | Shape;
  description?: string;
}

/** A shape by its name. */
export interface Named {
  name: string;
  shape: Shape;
}

export const nameIn = ($ref: string): string => $ref.slice($ref.lastIndexOf('/') + 1);

/** Of several types in one word, each on its own; undefined where there is one. */
export const eitherOf = ({ type, anyOf, oneOf, ...rest }: Shape): Shape[] | undefined =>
  Array.isArray(type) ? type.map((each) => ({ ...rest, type: each })) : (anyOf ?? oneOf);
