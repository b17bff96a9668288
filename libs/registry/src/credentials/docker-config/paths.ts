import { join } from 'node:path';
import type { Environment } from '../../http/proxy.ts';
import { homeFolder } from '../home-folder.ts';

/**
 * The files that may hold logins, in the order in which they are asked.
 *
 * `REGISTRY_AUTH_FILE` excludes all others; skopeo asks those too where that file holds nothing (seen with 1.9.3).
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function authFilePaths(env: Environment, homeOf = homeFolder): readonly string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const home = homeOf(env);
  const inHome = (name: string): string | undefined => (home === undefined ? undefined : join(home, name));
  const runtimeDir = env.XDG_RUNTIME_DIR || join('/run/containers', String(process.getuid?.() ?? 0));
  const runtimeFile = env.XDG_RUNTIME_DIR
    ? join(runtimeDir, 'containers/auth.json')
    : join(runtimeDir, 'auth.json');
  const configFolder = env.XDG_CONFIG_HOME || inHome('.config');
  const dockerFolder = env.DOCKER_CONFIG || inHome('.docker');
  return [
    runtimeFile,
    ...(configFolder === undefined ? [] : [join(configFolder, 'containers/auth.json')]),
    ...(dockerFolder === undefined ? [] : [join(dockerFolder, 'config.json')]),
  ];
}
