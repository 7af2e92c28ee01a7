import type { Plugin } from 'rolldown';

/** What is replaced in a file of zod's, each once. */
type Changes = readonly (readonly [before: string, after: string])[];

/**
 * Where zod makes an object of one of its classes. What it was made from is kept, and it becomes a whole one when
 * somebody asks for what it has not got; its prototype is behind all others, so that it is asked only then.
 */
const CORE: Changes = [
  [
    'function _(def) {\n        const inst = params?.Parent ? newError(Definition) : this;\n        init(inst, def);',
    `function _(def) {
        if (new.target !== _ || params?.Parent || globalThis.__zod_globalConfig?.postProcessor)
            return complete(params?.Parent ? newError(Definition) : this, def);
        this[MADE_FROM] = def;
    }
    _[COMPLETE] = complete;
    function complete(inst, def) {
        init(inst, def);`,
  ],
  [
    'Object.defineProperty(_, "init", { value: init });',
    `if (!params?.Parent) Object.setPrototypeOf(_.prototype, AT_FIRST_USE);
    Object.defineProperty(_, "init", { value: init });`,
  ],
  [
    'export /*@__NO_SIDE_EFFECTS__*/ function $constructor',
    `const MADE_FROM = Symbol.for("nightjar.zod.madeFrom");
const PARENT = Symbol.for("nightjar.zod.parent");
const COMPLETE = Symbol("complete");
/** Asked of every value by those who compile routes; no schema has them. */
const NOT_OURS = new Set(["content", "isFluentSchema", "then", "toJSON"]);
const AT_FIRST_USE = new Proxy(Object.prototype, {
    get(target, key, inst) {
        if (typeof key === "symbol" || key in target || NOT_OURS.has(key)) return Reflect.get(target, key, inst);
        const def = inst[MADE_FROM];
        if (def === undefined) return undefined;
        if (key === "def") return def;
        inst[MADE_FROM] = undefined;
        inst.constructor[COMPLETE](inst, def);
        if (inst[PARENT]) inst._zod.parent = inst[PARENT];
        return inst[key];
    },
});
export /*@__NO_SIDE_EFFECTS__*/ function $constructor`,
  ],
];

const UTIL: Changes = [
  [
    'const cl = new inst._zod.constr(def ?? inst._zod.def);\n    if (!def || params?.parent)\n        cl._zod.parent = inst;',
    `const madeFrom = inst[Symbol.for("nightjar.zod.madeFrom")];
    const cl = madeFrom ? new inst.constructor(def ?? madeFrom) : new inst._zod.constr(def ?? inst._zod.def);
    if (!def || params?.parent) {
        if (cl[Symbol.for("nightjar.zod.madeFrom")]) cl[Symbol.for("nightjar.zod.parent")] = inst;
        else cl._zod.parent = inst;
    }`,
  ],
];

const FILES: readonly (readonly [end: string, Changes])[] = [
  ['/zod/v4/core/core.js', CORE],
  ['/zod/v4/core/util.js', UTIL],
];

/**
 * Has zod make its schemas when they are first asked for: of the thousands that the surfaces are described by, few ever
 * are, and each takes a kilobyte. Fails when zod's source is no longer what this knows.
 */
export function shapesAtFirstUse(): Plugin {
  return {
    name: 'shapes-at-first-use',
    transform(code, id) {
      const changes = FILES.find(([end]) => id.endsWith(end))?.[1];
      if (!changes) return undefined;
      return changes.reduce((text, [before, after]) => {
        if (text.split(before).length !== 2)
          throw new Error(`${id} is not the zod that is known here: ${before}`);
        return text.replace(before, () => after);
      }, code);
    },
  };
}
