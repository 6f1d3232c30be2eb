import { UsageError } from '../../../tensor/errors.js';

/** A prior on the Hugging Face hub. */
export interface HubReference {
  /** `OWNER/NAME`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** A folder or file in the repository; '' is all of it. */
  readonly path: string;
}

const prefix = 'hf:';
const name = '[A-Za-z0-9][\\w.-]*';
const form = new RegExp(`^(?<repo>${name}/${name})(?:@(?<revision>[\\w.%-]+))?(?:/(?<path>.+?))?/?$`);

export function isHubReference(text: string): boolean {
  return text.startsWith(prefix);
}

/**
 * `hf:OWNER/NAME[@REVISION][/PATH]`; the slashes of a revision are written %2F.
 * @throws UserError when it is not of this form
 */
export function parseHubReference(text: string): HubReference {
  const { repo, revision = 'main', path = '' } = form.exec(text.slice(prefix.length))?.groups ?? {};
  const parts = path === '' ? [] : path.split('/');
  if (
    !isHubReference(text) ||
    repo === undefined ||
    `${repo} ${revision}`.includes('..') ||
    parts.some((part) => ['', '.', '..'].includes(part))
  ) {
    throw new UsageError(
      `"${text}" is no prior on the Hugging Face hub. Write hf:OWNER/NAME, with @REVISION and /FOLDER after it where needed, as in hf:CompVis/ldm-celebahq-256@main/vqvae.`,
    );
  }
  return { repo, revision: decodeRevision(revision), path };
}

/** The text that `parseHubReference` reads. */
export function formatHubReference({ repo, revision, path }: HubReference): string {
  return `${prefix}${repo}${revision === 'main' ? '' : `@${encodeURIComponent(revision)}`}${path && `/${path}`}`;
}

function decodeRevision(revision: string): string {
  try {
    return decodeURIComponent(revision);
  } catch {
    return revision;
  }
}
