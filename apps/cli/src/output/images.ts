import type { RunImage } from '@regfleet/fleet';
import { type CopyRequest, formatPlatform, formatReference } from '@regfleet/model';

/** A copy as documents for programs name it. */
export interface PlainImage {
  readonly source: string;
  readonly target: string;
  /** Absent: none was chosen. */
  readonly platform?: string;
  readonly relay: string;
  readonly task?: string;
}

export function plainImage({ source, target, platform, relay, task }: CopyRequest): PlainImage {
  return {
    source: formatReference(source),
    target: formatReference(target),
    ...(platform !== undefined && { platform: formatPlatform(platform) }),
    relay,
    ...(task !== undefined && { task }),
  };
}

/** An image of a run as documents for programs have it. */
export const imageDocument = ({ request, ...rest }: RunImage): object => ({
  ...plainImage(request),
  ...rest,
});
