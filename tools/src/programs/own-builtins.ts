import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const MARK = '\0builtin:';
/** Names that a module may export. */
const NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * Has what comes with Node asked for by `process.getBuiltinModule`. An `import` of it reads every property once, and
 * those that load something at first use load it then: `WebSocket` of `node:http` all of fetch, `rootCertificates` of
 * `node:tls` 140 certificates, `webcrypto` of `node:crypto` itself.
 */
export function ownBuiltins(): Plugin {
  return {
    name: 'own-builtins',
    resolveId: (id) => (isBuiltin(id) ? { id: MARK + id, moduleSideEffects: false } : undefined),
    load(id) {
      if (!id.startsWith(MARK)) return undefined;
      const name = id.slice(MARK.length);
      const names = Object.keys(process.getBuiltinModule(name) as object);
      return [
        `const whole = process.getBuiltinModule(${JSON.stringify(name)});`,
        'export default whole;',
        // Only those that are imported stay in the program.
        ...names
          .filter((each) => NAME.test(each) && each !== 'default')
          .map((each) => `export const ${each} = whole.${each};`),
      ].join('\n');
    },
  };
}
