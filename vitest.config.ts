import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tools/src/testing/longest-first.ts'; // house: arrows exempt because Vitest takes an order of files as a class and by no path

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['tools/src/testing/fixed-seed.ts'],
          include: ['{media,contract,engine,vision,server,web,tools,e2e,bench}/src/**/*.test.{ts,tsx}'],
          exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
          pool: 'forks',
          // Unless told otherwise one core is left out, which of two is half.
          maxWorkers: '100%',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/src/**/*.e2e.test.ts'],
          globalSetup: ['tools/src/programs/for-tests.ts'],
          pool: 'forks',
          // They wait more than they work: two at a time on two cores.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
