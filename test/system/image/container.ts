import { readFile } from 'node:fs/promises';
import { type CommandResult, type RunningProcess, runCommand, startProcess } from '@regfleet/harness';

/** A root file system, and how it is run. */
export interface ContainerImage {
  readonly root: string;
  /** As in the config of an image. */
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  /** A program of this machine that runs those of the image's architecture; absent: this machine does. */
  readonly emulator?: string;
}

// In namespaces of its own for mounts and processes; the network is this machine's.
const ENTER = `
root=$1 user=$2 config=$3 emulator=$4
shift 4
mount --bind "$root" "$root"
for folder in tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"; done
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind "$config" "$root/etc/regfleet"
mount -o remount,bind,ro "$root/etc/regfleet"
if [ -n "$emulator" ]; then
  : > "$root/tmp/emulator"
  mount --bind "$emulator" "$root/tmp/emulator"
  set -- /tmp/emulator "$@"
fi
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs -- /usr/sbin/chroot --userspec="$user" --groups="\${user#*:}" "$root" "$@"
`;

// The kernel kills the first process with it, and all others of the namespace with that.
const UNSHARE = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--'];

/** Why nothing can be run so here; absent: it can. */
export const whyNoContainers = (): string | undefined =>
  process.getuid?.() === 0 ? undefined : 'only root may mount what a container sees';

/** Runs programs of an image as a container engine does: its root file system cannot be written, and its user is nobody here. */
export class Containers {
  readonly #image: ContainerImage;
  readonly #configFolder: string;

  /** @param configFolder - becomes `/etc/regfleet`. */
  constructor(image: ContainerImage, configFolder: string) {
    this.#image = image;
    this.#configFolder = configFolder;
  }

  run(words: readonly string[]): Promise<CommandResult> {
    return this.exec([...this.#image.entrypoint, ...words]);
  }

  exec(argv: readonly string[]): Promise<CommandResult> {
    return runCommand(this.#enter(argv), { timeoutMs: 300_000 });
  }

  start(words: readonly string[]): Promise<RunningProcess> {
    return startProcess(this.#enter([...this.#image.entrypoint, ...words]));
  }

  #enter(argv: readonly string[]): string[] {
    const { root, user, env, emulator = '' } = this.#image;
    const enter = ['sh', '-ec', ENTER, 'enter', root, user, this.#configFolder, emulator];
    return ['env', '-i', ...env, 'LOG_FORMAT=json', ...UNSHARE, ...enter, ...argv];
  }
}

/** Sends SIGTERM to the first process of a container, as an engine does. */
export async function stopContainer({ pid }: RunningProcess): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  process.kill(Number(children.trim()), 'SIGTERM');
}
