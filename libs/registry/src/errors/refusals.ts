/**
 * What refusals mean whose status does not tell, by the words of those who send them. Programs that copy in our place pass
 * the words on and not the status.
 */

// docker-registry and its storage; Harbor ("will exceed the configured upper limit of 10 GiB"), Quay ("Quota has been exceeded on
// namespace"), IBM ("You have exceeded your storage quota"), Artifactory ("disk usage is too high").
const FULL =
  /no space left|insufficient storage|quota (?:has been |was |is )?exceeded|not enough quota|exceed(?:s|ed|ing)? (?:(?:the|its|your|their|configured|storage|disk|project|namespace|account) ){0,4}(?:quota|upper limit|storage limit)\b|over (?:the |its |your )?(?:storage )?quota\b|storage (?:quota|limit) (?:is |was |has been )?(?:exceeded|reached|full)|overflow the hard limit|disk usage is too high/i;

// What has quotas besides storage, as in Google's "Quota exceeded for quota metric 'Requests per project per region'".
const OF_TRAFFIC =
  /\bquota metric\b|\bper (?:second|minute|hour|day)\b|\b(?:requests?|rate|pulls?|downloads?|egress|bandwidth|transfer|traffic) (?:quota|limit)\b/i;

/** True: it holds no more, by its disks or by a quota. */
export const saysFull = (text: string): boolean => FULL.test(text) && !OF_TRAFFIC.test(text);

// With a blank in each, since programs name repositories beside it.
// Harbor ("configured as immutable"), ECR ("cannot be overwritten because the repository is immutable"), Google ("has enabled tag
// immutability"), Azure ("The tag is locked"), Nexus ("does not allow updating assets"), GitLab ("protected tag").
const IMMUTABLE =
  /\b(?:as|is|are|tags?) immutab(?:le|ility)\b|\bimmutable tags?\b|TAG_IMMUTABLE|cannot be overwritten|does not allow updating assets|\b(?:tag|manifest) is (?:locked|protected)|\bprotected tag\b/i;

/** True: the name is there already, and may not be given to another image. */
export const saysImmutable = (text: string): boolean => IMMUTABLE.test(text);

export const IMMUTABLE_HINT =
  'the source has moved this tag, and the target lets none be moved: leave it out of tags, or lift the rule of immutable tags at the target, or delete the tag there';
