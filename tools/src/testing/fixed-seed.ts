import fc from 'fast-check';

// A run must be repeatable, on every machine: properties that name no seed of their own take this one.
// NIGHTJAR_TEST_SEED looks elsewhere; a seed that failed once becomes an example of its property.
fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed: Number(process.env['NIGHTJAR_TEST_SEED'] ?? 20_261_120),
});
