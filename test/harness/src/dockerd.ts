import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { findBinary } from './processes/binaries.ts';
import { isRunning } from './processes/is-running.ts';
import { type Daemon, RestartableProcess, startDaemon } from './processes/restartable.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A real docker daemon of its own. It needs root. */
export class TestDockerd extends RestartableProcess {
  readonly socketPath: string;

  constructor(daemon: Daemon, child: Awaited<ReturnType<typeof startDaemon>>, socketPath: string) {
    super(daemon, child);
    this.socketPath = socketPath;
  }

  /** As `DOCKER_HOST` and dregsy's `dockerhost` want it. */
  get host(): string {
    return `unix://${this.socketPath}`;
  }
}

export interface DockerdOptions {
  /** Where images are kept; absent: in a folder that goes with the daemon. */
  readonly dataFolder?: string | undefined;
}

/**
 * Starts dockerd on a private socket and data folder, without touching this machine's network settings.
 *
 * Registries on loopback may speak plain HTTP. The daemon picks the storage driver that works here, vfs at the
 * last. Its containerd dies with it: dockerd starts it with a parent-death signal.
 */
export async function startDockerd(options: DockerdOptions = {}): Promise<TestDockerd> {
  const folder = await temporaryFolder();
  const inFolder = (name: string): string => join(folder.path, name);
  const settings = {
    'data-root': options.dataFolder ?? inFolder('data'),
    'exec-root': inFolder('exec'),
    pidfile: inFolder('pid'),
    hosts: [`unix://${inFolder('s')}`],
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'ip-masq': false,
    'insecure-registries': ['127.0.0.0/8'],
  };
  // Its own file, or the machine's /etc/docker/daemon.json would be read.
  await writeFile(inFolder('daemon.json'), JSON.stringify(settings));
  // A killed daemon leaves its mounts behind; in a namespace of its own they go with it.
  const inOwnMounts = ['unshare', '--mount', '--propagation', 'private', '--'];
  const containerdPidFile = inFolder('exec/containerd/containerd.pid');
  const daemon: Daemon = {
    argv: async () => {
      await containerdGone(containerdPidFile);
      return [...inOwnMounts, findBinary('dockerd'), '--config-file', inFolder('daemon.json')];
    },
    ready: /API listen on/,
    cleanUp: async () => {
      await containerdGone(containerdPidFile);
      await folder.stop();
    },
  };
  try {
    return new TestDockerd(daemon, await startDaemon(daemon), inFolder('s'));
  } catch (error) {
    await daemon.cleanUp();
    throw error;
  }
}

/** After a kill the kernel needs a moment for containerd; a daemon that starts meanwhile would wait for it in vain. */
async function containerdGone(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (pid === 0) return;
  await eventually(async () => !(await isRunning(pid)), { what: `the end of containerd, process ${pid}` });
  await rm(pidFile, { force: true });
}
