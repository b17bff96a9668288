import type { Plugin } from 'rolldown';

const MARK = '\0lean-undici:';

/** Where undici keeps what is used of it. */
const PARTS: Readonly<Record<string, string>> = {
  Agent: 'dispatcher/agent',
  Pool: 'dispatcher/pool',
  ProxyAgent: 'dispatcher/proxy-agent',
  Socks5ProxyAgent: 'dispatcher/socks5-proxy-agent',
  buildConnector: 'core/connect',
  errors: 'core/errors',
};

/**
 * Of undici what is used, each part for itself, so that it is loaded where it is needed: its entry brings in the browser's fetch, WebSocket and
 * caches, mocks, and modules of Node for all of them, 10 ms of each start. A name that is used and not listed here ends the making of the bundle.
 */
export const leanUndici: Plugin = {
  name: 'lean-undici',
  resolveId(id, importer = '') {
    if (id.startsWith(MARK)) return id;
    return id === 'undici' && !importer.includes('/node_modules/') ? MARK : undefined;
  },
  load(id) {
    if (id === MARK) return { moduleSideEffects: false, code: ENTRY };
    return id.startsWith(MARK) ? partOf(id.slice(MARK.length)) : undefined;
  },
};

const ENTRY = Object.keys(PARTS)
  .map((name) => `export { default as ${name} } from '${MARK}${name}';`)
  .join('\n');

/** Whatever carries requests has `request` and the like from undici's entry. */
const partOf = (name: string): string =>
  [
    ...(name.endsWith('Agent')
      ? [
          "import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';",
          "import api from 'undici/lib/api/index.js';",
          'Object.assign(Dispatcher.prototype, api);',
        ]
      : []),
    `import part from 'undici/lib/${PARTS[name]}.js';`,
    'export default part;',
  ].join('\n');
