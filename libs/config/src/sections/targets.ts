import type { Location } from '@regfleet/model';
import type { TaskSection } from '../schema/config.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';
import { type LocationDefaults, readLocation } from './location.ts';

/** Where a task writes to, by `target` or `targets`; undefined when that cannot be told of all, which has been reported. */
export function readTargets(
  task: TaskSection,
  defaults: LocationDefaults,
  context: ParseContext,
): readonly Location[] | undefined {
  const { report } = context;
  const { target: one, targets: several } = task.fields;
  if (one !== undefined && several !== undefined) {
    report.error(several.at, {
      rule: 'target-and-targets',
      message: `the task has targets beside target (line ${one.at.line})`,
      hint: 'move the target into the list, or remove the list',
    });
    return undefined;
  }
  if (one !== undefined) {
    const target = readLocation(one.value, 'target', defaults, context);
    return target && [target];
  }
  if (several !== undefined) return readList(several, defaults, context);
  if (!task.broken.has('target') && !task.broken.has('targets')) {
    report.error(placeOf(task, 'target'), {
      rule: 'target-missing',
      message: 'the task has no target',
      hint: 'add target: with a registry: below it, or targets: with a list of them',
    });
  }
  return undefined;
}

type TargetList = NonNullable<TaskSection['fields']['targets']>;

interface ReadTarget {
  readonly location: Location;
  /** Of its registry. */
  readonly at: Place;
}

function readList(
  { value: items, at }: TargetList,
  defaults: LocationDefaults,
  context: ParseContext,
): readonly Location[] | undefined {
  if (items.length === 0) {
    context.report.error(at, {
      rule: 'targets-empty',
      message: 'the list of targets is empty',
      hint: 'write - registry: for each of them',
    });
    return undefined;
  }
  const read = items.map((item) => readItem(item, defaults, context)).filter((each) => each !== undefined);
  reportRepeated(read, context);
  return read.length === items.length ? read.map(({ location }) => location) : undefined;
}

function readItem(
  { value: section, at }: TargetList['value'][number],
  defaults: LocationDefaults,
  context: ParseContext,
): ReadTarget | undefined {
  if (section === undefined) {
    context.report.error(at, {
      rule: 'target-missing',
      message: 'the target is empty',
      hint: 'remove the "-", or write registry: behind it',
    });
    return undefined;
  }
  const location = readLocation(section, 'target', defaults, context);
  return location && { location, at: placeOf(section, 'registry') };
}

const HTTPS_PORT = /:443$/;

function reportRepeated(targets: readonly ReadTarget[], { report }: ParseContext): void {
  const known = new Map<string, Place>();
  for (const { location, at } of targets) {
    const { host, path } = location.registry;
    const place = `${host.replace(HTTPS_PORT, '')}/${path}`.replace(/\/{2,}/g, '/');
    const first = known.get(place);
    if (first === undefined) {
      known.set(place, at);
      continue;
    }
    report.error(at, {
      rule: 'target-repeated',
      message: `${first.path.replace(/\.registry$/, '')} (line ${first.line}) is the same target, ${location.registry.text}`,
      hint: 'remove one of them, or give it another path behind the registry',
    });
  }
}
