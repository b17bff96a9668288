import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const MARK = '\0builtin:';
const NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * Takes Node's own modules by `process.getBuiltinModule`, and of them what is used. An `import` of one asks for each of its exports at once,
 * and some load more when they are asked for: of `node:http` the browser's WebSocket brings in the whole of Node's own undici, 25 ms.
 */
export const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  resolveId(id, _importer, { kind }) {
    return kind === 'import-statement' && isBuiltin(id) ? `${MARK}${id.replace(/^node:/, '')}` : undefined;
  },
  load(id) {
    if (!id.startsWith(MARK)) return undefined;
    const name = `node:${id.slice(MARK.length)}`;
    const own = Object.getOwnPropertyNames(process.getBuiltinModule(name));
    const names = own.filter((key) => NAME.test(key) && key !== 'default');
    return {
      moduleSideEffects: false,
      code: [
        `const builtin = /* @__PURE__ */ process.getBuiltinModule('${name}');`,
        'export default builtin;',
        // Under names of ours, since some are words of the language.
        ...names.map((key) => `const the_${key} = /* @__PURE__ */ (() => builtin.${key})();`),
        `export { ${names.map((key) => `the_${key} as ${key}`).join(', ')} };`,
      ].join('\n'),
    };
  },
};
