import { loadConfig, locationFor, type ParsedConfig, parseConfig, type SyncConfig } from '@regfleet/config';
import { parseReference, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { copyImage, openRelay } from '@regfleet/relay';
import { imagesIn } from './read-layout.ts';
import { serveLayout } from './serve-layout.ts';

export interface PushRequest {
  readonly layout: string;
  /** Which image of the layout, by its name there; absent: its only one, or the first. */
  readonly image?: string | undefined;
  /** `registry/repository:tag`. */
  readonly target: string;
  /** A config of Regfleet whose `registries` say how the target is reached; absent: by what the environment offers. */
  readonly config?: string | undefined;
}

/**
 * Pushes an image of an OCI layout by the direct relay, as it copies any other.
 *
 * @returns its digest.
 * @throws {Error} where there is no such image, or the registry does not take it.
 */
export async function pushImage(
  { layout, image: name, target: to, config: file }: PushRequest,
  { signal, env }: { signal: AbortSignal; env: NodeJS.ProcessEnv },
): Promise<string> {
  const images = imagesIn(layout);
  const image = images.get(name ?? [...images.keys()][0] ?? '');
  if (image === undefined) throw new Error(`${layout} has ${[...images.keys()].join(', ')}, and not ${name}`);
  const target = parseReference(to);
  const { tag } = target;
  if (tag === undefined || target.digest !== undefined) throw new Error(`${to} names no tag`);
  const config = await configOf(file, env);
  await using served = await serveLayout(layout, { image, tag });
  const registries = createRegistries({ logger: silentLogger, env, limits: config.limits });
  const relay = await openRelay('direct', {}, { logger: silentLogger, env });
  try {
    const source = { registry: served.host, repository: 'regfleet', tag };
    const result = await copyImage(
      { source, target, relay: 'direct', platform: 'all' },
      {
        // Plain HTTP, and nobody's login.
        source: {
          ...locationFor(config, served.host),
          auth: { kind: 'anonymous' },
          tls: { skipVerify: true, certsDir: '' },
        },
        target: locationFor(config, target.registry),
        verbose: false,
        signal,
      },
      {
        registries,
        relays: new Map([['direct', relay]]),
        records: { set: () => Promise.resolve() },
        logger: silentLogger,
      },
    );
    if (result.targetDigest !== image.digest)
      throw new Error(`${to} has ${result.targetDigest}, not ${image.digest}`);
    return image.digest;
  } finally {
    await relay.close();
    await registries.close();
  }
}

async function configOf(file: string | undefined, env: NodeJS.ProcessEnv): Promise<SyncConfig> {
  const nothing = (): ParsedConfig => parseConfig('tasks: []\n', { file: 'none', env });
  const { config, issues } = file === undefined ? nothing() : await loadConfig(file, { env });
  if (config === undefined) throw new Error(issues.map(({ message }) => message).join('\n'));
  return config;
}
