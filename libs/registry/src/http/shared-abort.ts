interface Endable {
  abort(reason: unknown): void;
}

interface UnderWay {
  readonly all: Set<Endable>;
  readonly onAbort: () => void;
}

const underWay = new WeakMap<AbortSignal, UnderWay>();

/** Aborts it when the signal does. All of one signal share a listener: adding one to a signal costs more than the answer to a HEAD. */
export function endBy(signal: AbortSignal, endable: Endable): void {
  const known = underWay.get(signal);
  if (known !== undefined) {
    known.all.add(endable);
    return;
  }
  const all = new Set([endable]);
  const onAbort = (): void => {
    for (const each of [...all]) each.abort(signal.reason);
  };
  underWay.set(signal, { all, onAbort });
  signal.addEventListener('abort', onAbort);
}

/** The signal is not kept for it any more: one made of others lives as long as it is listened to. */
export function noLongerEndBy(signal: AbortSignal, endable: Endable): void {
  const known = underWay.get(signal);
  if (!known?.all.delete(endable) || known.all.size > 0) return;
  underWay.delete(signal);
  signal.removeEventListener('abort', known.onAbort);
}
