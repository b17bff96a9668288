import type { Plugin } from 'rolldown';

const LEAN = '\0lean-undici';

/** Where undici keeps what is used of it. */
const PARTS = {
  Agent: 'dispatcher/agent',
  Pool: 'dispatcher/pool',
  ProxyAgent: 'dispatcher/proxy-agent',
  Socks5ProxyAgent: 'dispatcher/socks5-proxy-agent',
  buildConnector: 'core/connect',
};

/**
 * Of undici the client alone: its entry brings in the browser's fetch, WebSocket and caches, mocks, and modules of Node for all of them, 10 ms
 * of each start. A name that is used and not listed here ends the making of the bundle.
 */
export const leanUndici: Plugin = {
  name: 'lean-undici',
  resolveId: (id, importer = '') =>
    id === 'undici' && !importer.includes('/node_modules/') ? LEAN : undefined,
  load(id) {
    if (id !== LEAN) return undefined;
    return [
      "import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';",
      "import api from 'undici/lib/api/index.js';",
      // As its entry does.
      'Object.assign(Dispatcher.prototype, api);',
      ...Object.entries(PARTS).map(
        ([name, file]) => `export { default as ${name} } from 'undici/lib/${file}.js';`,
      ),
    ].join('\n');
  },
};
