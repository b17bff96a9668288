import type { CopyRequest, Side } from '@regfleet/model';

/**
 * Message forms of containers/image, 1.9.3 and later, in the order they are tried.
 *
 * A source that fails while a blob is passed on is reported inside the upload's error, hence the first rule.
 */
const FORMS: readonly (readonly [RegExp, Side])[] = [
  [/happened during read/i, 'source'],
  [/trying to reuse blob|at destination|writing (?:blob|manifest|config|signatures)/i, 'target'],
  [/initializing destination|initiating layer upload|uploading (?:manifest|layer)/i, 'target'],
  [/invalid destination name|committing the finished image|checking whether a blob/i, 'target'],
  [/initializing (?:source|image from source)|invalid source name/i, 'source'],
  [/(?:reading|parsing) (?:blob|manifest|config|signatures)|fetching (?:blob|manifest)/i, 'source'],
  [/choosing (?:an )?image|no image found in/i, 'source'],
];

/** The side a message of skopeo is about; absent where neither its form nor a registry in it tells. */
export function failedSide(message: string, request: CopyRequest): Side | undefined {
  const form = FORMS.find(([pattern]) => pattern.test(message));
  if (form !== undefined) return form[1];
  const namesSource = message.includes(request.source.registry);
  const namesTarget = message.includes(request.target.registry);
  if (namesSource === namesTarget) return undefined;
  return namesSource ? 'source' : 'target';
}
