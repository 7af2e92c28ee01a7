import { describe, expect, it } from 'vitest';
import { fieldsOf, formValues, objectOf, patchOf, type Schema } from './schema.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    transport: { type: 'string', enum: ['auto', 'tcp'] },
    recording: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean' },
        max_bytes: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
        days: { type: 'number', minimum: 1, maximum: 9 },
      },
    },
    network: {
      type: 'object',
      properties: {
        allow: { type: 'array', items: { type: 'string' } },
        ports: { type: 'array', items: { type: 'integer' } },
      },
    },
    roles: { type: 'object' },
    note: { type: ['string', 'null'] },
  },
};
const fields = fieldsOf(SCHEMA);
const object = {
  transport: 'auto',
  recording: { enabled: true, max_bytes: null, days: 7 },
  network: { allow: ['10.0.0.0/8'] },
};
const values = formValues(fields, object);

it('asks for every value that can be asked for', () => {
  expect(fields.map(({ path, kind, nullable }) => [path, kind, nullable])).toEqual([
    ['transport', 'choice', false],
    ['recording.enabled', 'switch', false],
    ['recording.max_bytes', 'number', true],
    ['recording.days', 'number', false],
    ['network.allow', 'list', false],
    ['network.ports', 'list', false],
    ['note', 'text', true],
  ]);
  expect(fields[3]).toMatchObject({ minimum: 1, maximum: 9 });
});

it('shows what is there', () => {
  expect(values).toEqual({
    transport: 'auto',
    'recording.enabled': true,
    'recording.max_bytes': '',
    'recording.days': '7',
    'network.allow': '10.0.0.0/8',
    'network.ports': '',
    note: '',
  });
  expect(formValues(fields, {})['recording.enabled']).toBe(false);
  const usual = fieldsOf({ properties: { discovery: { type: 'boolean', default: true } } });
  expect([formValues(usual, {}), formValues(usual, { discovery: false })]).toEqual([
    { discovery: true },
    { discovery: false },
  ]);
});

describe('patchOf', () => {
  it.each([
    [{}, {}],
    [{ 'recording.days': '14' }, { recording: { days: 14 } }],
    [{ 'recording.days': 'x' }, { recording: { days: 'x' } }],
    [{ 'recording.days': ' ' }, { recording: { days: null } }],
    [
      { 'recording.enabled': false, transport: 'tcp' },
      { recording: { enabled: false }, transport: 'tcp' },
    ],
    [{ 'network.allow': 'a, b\n554' }, { network: { allow: ['a', 'b', '554'] } }],
    [{ 'network.ports': '554, x' }, { network: { ports: [554, 'x'] } }],
    [{ 'network.allow': '' }, { network: { allow: [] } }],
  ])('%o', (change, patch) => expect(patchOf(fields, values, { ...values, ...change })).toEqual(patch));
});

it('makes an object of what was typed', () => {
  expect(objectOf(fields, { transport: 'tcp', 'recording.days': '', 'recording.enabled': false })).toEqual({
    transport: 'tcp',
    recording: { enabled: false },
  });
});
