import { readFile } from 'node:fs/promises';
import { verifyExport } from '../recordings/exports/index.ts';

/** `./nightjar verify --export FILE [--key PEM]`: exit code 1 when anything of it is not as it was signed. */
const [path, key] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('nightjar verify: --export needs a file\n');
  process.exit(64);
}
try {
  const found = await verifyExport(path, key === undefined ? undefined : await readFile(key, 'utf8'));
  for (const { name, ok, words } of found)
    process.stdout.write(`${ok ? 'ok     ' : 'FAILED '} ${name}: ${words}\n`);
  process.exitCode = found.every(({ ok }) => ok) ? 0 : 1;
} catch (error) {
  process.stderr.write(`nightjar verify: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
