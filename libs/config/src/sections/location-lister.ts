import {
  isListerType,
  LISTER_OPTION_NAMES,
  LISTER_TYPES,
  type ListerSettings,
  listerOptions,
} from '@regfleet/model';
import type { LocationSection, TaskSection } from '../schema/config.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

// The registry API of Docker Hub under this name has no catalog.
const HUB_WITHOUT_CATALOG = 'registry.hub.docker.com';

/** The lister of a location, checked also where it is not used; undefined: none given. */
export function readLister(location: LocationSection, { report }: ParseContext): ListerSettings | undefined {
  const lister = location.fields.lister?.value;
  const alias = location.fields.listertype;
  if (alias !== undefined) {
    report.warning(alias.at, {
      rule: 'key-deprecated',
      message:
        lister === undefined
          ? 'listertype is deprecated'
          : 'listertype is deprecated, and ignored beside lister',
      hint: 'write lister: {type: ...}',
    });
  }
  if (lister === undefined) return settings(alias?.value ?? '');
  const type = lister.fields.type?.value ?? '';
  const at = placeOf(lister, 'type');
  if (type === '' && !lister.written.has('type')) {
    report.error(at, {
      rule: 'lister-type-missing',
      message: 'the lister has no type',
      hint: `add type: with one of ${LISTER_TYPES.join(', ')}`,
    });
  } else if (!lister.broken.has('type') && !isListerType(type)) reportUnknownType(type, at, report);
  return settings(type, lister.fields);
}

function reportUnknownType(type: string, at: Place, report: ParseContext['report']): void {
  report.error(at, {
    rule: 'lister-type-unknown',
    message: `"${type}" is not a lister type`,
    hint: `use one of ${LISTER_TYPES.join(', ')}`,
  });
}

type ListerFields = NonNullable<LocationSection['fields']['lister']>['value']['fields'];

function settings(type: string, written: ListerFields = {}): ListerSettings | undefined {
  if (!isListerType(type)) return undefined;
  const options = LISTER_OPTION_NAMES.flatMap((name) => {
    const value = written[name]?.value;
    return value ? [[name, value]] : [];
  });
  return { type, ...Object.fromEntries(options) };
}

/** Checks that the source of a task with a `regex:` in `from` can be listed. */
export function checkRepositoryList(
  task: TaskSection,
  lister: ListerSettings | undefined,
  context: ParseContext,
): void {
  const source = task.fields.source?.value;
  const registry = source?.fields.registry?.value ?? '';
  if (source === undefined || registry === '') return;
  checkListerType(source, registry, lister, context);
  if (lister !== undefined) checkListerOptions(source, lister, context);
  if (
    (lister === undefined || lister.type === 'catalog') &&
    registry.includes('/') &&
    !registry.includes('://')
  ) {
    context.report.warning(placeOf(source, 'registry'), {
      rule: 'lister-registry-path',
      message: 'the catalog lister lists whole registries; with a path in registry it will fail',
      hint: `write registry: ${registry.slice(0, registry.indexOf('/'))} and put the path into from and to`,
    });
  }
}

function checkListerOptions(source: LocationSection, lister: ListerSettings, { report }: ParseContext): void {
  const section = source.fields.lister?.value;
  for (const [name, { wanted }] of listerOptions(lister.type)) {
    if (lister[name] !== undefined) continue;
    report.error(section === undefined ? placeOf(source, 'listertype') : placeOf(section, name), {
      rule: `lister-${name}-missing`,
      message: `the ${lister.type} lister needs a ${name}`,
      hint: `add ${name}: with ${wanted} below lister`,
    });
  }
}

function checkListerType(
  source: LocationSection,
  registry: string,
  lister: ListerSettings | undefined,
  { report }: ParseContext,
): void {
  const alias = source.fields.listertype;
  if (
    source.fields.lister === undefined &&
    alias !== undefined &&
    alias.value !== '' &&
    !isListerType(alias.value)
  ) {
    reportUnknownType(alias.value, alias.at, report);
  } else if (
    registry.split(':', 1)[0] === HUB_WITHOUT_CATALOG &&
    (lister === undefined || lister.type === 'catalog')
  ) {
    report.error(placeOf(source, 'lister'), {
      rule: 'lister-hub-catalog',
      message: `${HUB_WITHOUT_CATALOG} cannot be listed by catalog`,
      hint: 'add lister: with type: dockerhub, or with type: index and a search',
    });
  }
}
