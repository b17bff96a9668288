import { BASE_PATH } from './base-path.ts';
import type { AnswerHead } from './repetition.ts';
import type { WireRequest } from './wire-request.ts';

/** A request, as far as limits of a registry look at it. */
export interface GatedRequest {
  /** Where it goes: the registry by the operator's name for it, any other host by its own. */
  readonly registry: string;
  /** The name of the account whose login it shows; absent: none. */
  readonly account?: string | undefined;
  /** True: it asks whether the registry is there at all, so that others wait for it rather than it for them. */
  readonly isUrgent?: boolean | undefined;
}

/** Keeps requests to what a registry takes. */
export interface RequestGate {
  /**
   * Asked for leave before each request to a registry: repetitions, those that a redirect leads to and those for tokens included.
   *
   * @param signal - of whoever wants the answer; absent: nothing can end the request early.
   * @returns when it may go; undefined: at once.
   * @throws the signal's reason, also in the promise; in the promise {SyncError} where that would take too long.
   */
  pass(request: GatedRequest, signal?: AbortSignal): Promise<void> | undefined;
  /** Asked before so many bytes of a blob are read or sent; absent: at once. @returns and throws as `pass`. */
  move?(request: GatedRequest, bytes: number, signal?: AbortSignal): Promise<void> | undefined;
  /** Told of the head of each answer. */
  answered?(request: GatedRequest, answer: AnswerHead): void;
}

/** @param registry - where it goes, by the name that the gate knows. */
export function gatedRequest({ url, authorization, account }: WireRequest, registry: string): GatedRequest {
  const isShown = authorization?.origin === url.origin;
  return {
    registry,
    account: isShown ? account : undefined,
    isUrgent: url.pathname === BASE_PATH,
  };
}
