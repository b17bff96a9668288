/** What operators are told of an API. */
interface DigestListerFacts {
  /** Whose it is, as a phrase after its name. */
  readonly about: string;
}

/** Every API beside that of the distribution that a config can name, which tells the digests of many tags in one answer. */
export const DIGEST_LISTERS = {
  google: { about: 'Google Artifact Registry and Container Registry' },
  harbor: { about: 'Harbor from 2.0 on' },
  quay: { about: 'Quay' },
} as const satisfies Record<string, DigestListerFacts>;

export type DigestListerName = keyof typeof DIGEST_LISTERS;

/** `none`: each tag is asked about. */
export type DigestListerChoice = DigestListerName | 'none';

const CHOICES: readonly string[] = [...Object.keys(DIGEST_LISTERS), 'none'];

export const DIGEST_LISTER_CHOICES = CHOICES as readonly DigestListerChoice[];

export const isDigestListerChoice = (text: string): text is DigestListerChoice => CHOICES.includes(text);
