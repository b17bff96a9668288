import { randomUUID } from 'node:crypto';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';

/** A repository with what it was created with. */
export interface EcrRepository {
  readonly settings: Readonly<Record<string, unknown>>;
  lifecyclePolicy?: string;
}

export interface EcrImage {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
}

/** What `GetAuthorizationToken` gave; times are epoch milliseconds. */
export interface EcrToken {
  readonly password: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface EcrAccountState {
  readonly id: string;
  readonly tokens: EcrToken[];
  readonly repositories: Map<string, EcrRepository>;
}

interface EcrContext {
  readonly account: EcrAccountState;
  readonly options: {
    readonly tokenLifetimeMs?: number;
    readonly pageSize?: number;
    readonly publicAlias?: string;
    readonly images?: (repository: string) => readonly EcrImage[];
  };
}

type Operation = (body: Record<string, unknown>, context: EcrContext, isPublic: boolean) => CloudAnswer;

const DEFAULT_LIFETIME_MS = 12 * 60 * 60_000;

export const ecrAccount = (id: string, repositories: readonly string[]): EcrAccountState => ({
  id,
  tokens: [],
  repositories: new Map(repositories.map((name) => [name, { settings: {} }])),
});

/** What private or public ECR answers to one operation; the service is told from `x-amz-target`. */
export function answerEcr(request: CloudRequest, operation: string, context: EcrContext): CloudAnswer {
  const isPublic = String(request.headers['x-amz-target']).startsWith('SpencerFrontendService.');
  const answer = OPERATIONS[operation];
  if (answer === undefined) return refusal('UnknownOperationException');
  return answer(JSON.parse(request.body || '{}'), context, isPublic);
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetAuthorizationToken(_body, { account, options }, isPublic) {
    const password = `${account.id}-${randomUUID()}`;
    const issuedAtMs = Date.now();
    const expiresAtMs = issuedAtMs + (options.tokenLifetimeMs ?? DEFAULT_LIFETIME_MS);
    account.tokens.push({ password, issuedAtMs, expiresAtMs });
    const data = {
      authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
      // Epoch seconds with a fraction.
      expiresAt: expiresAtMs / 1000,
    };
    return success({ authorizationData: isPublic ? data : [data] });
  },
  DescribeRepositories(body, { account, options }, isPublic) {
    if (body.registryId !== account.id) return refusal('AccessDeniedException');
    const wanted = body.repositoryNames;
    const names = [...account.repositories.keys()];
    const describe = (name: string): object => ({
      repositoryName: name,
      repositoryUri: isPublic
        ? `public.ecr.aws/${options.publicAlias ?? 'alias'}/${name}`
        : `${account.id}.dkr.ecr.eu-west-1.amazonaws.com/${name}`,
    });
    if (Array.isArray(wanted)) {
      const missing = wanted.filter((name) => !account.repositories.has(name));
      if (missing.length > 0) return refusal('RepositoryNotFoundException');
      return success({ repositories: wanted.map(describe) });
    }
    const start = Number(body.nextToken ?? 0);
    const end = start + Math.min(Number(body.maxResults ?? 100), options.pageSize ?? 1000);
    const rest = end < names.length ? { nextToken: String(end) } : {};
    return success({ repositories: names.slice(start, end).map(describe), ...rest });
  },
  DescribeImages(body, { account, options }) {
    if (body.registryId !== account.id) return refusal('AccessDeniedException');
    const name = String(body.repositoryName);
    if (!account.repositories.has(name)) return refusal('RepositoryNotFoundException');
    const images = [...Map.groupBy(options.images?.(name) ?? [], ({ digest }) => digest)];
    const start = Number(body.nextToken ?? 0);
    const end = start + Math.min(Number(body.maxResults ?? 100), options.pageSize ?? 1000);
    const rest = end < images.length ? { nextToken: String(end) } : {};
    const imageDetails = images.slice(start, end).map(([digest, tagged]) => ({
      imageDigest: digest,
      imageManifestMediaType: tagged[0]?.mediaType,
      imageTags: tagged.map(({ tag }) => tag),
    }));
    return success({ imageDetails, ...rest });
  },
  CreateRepository(body, { account }) {
    const name = String(body.repositoryName);
    if (account.repositories.has(name)) return refusal('RepositoryAlreadyExistsException');
    account.repositories.set(name, { settings: body });
    return success({ repository: { repositoryName: name } });
  },
  PutLifecyclePolicy(body, { account }) {
    const repository = account.repositories.get(String(body.repositoryName));
    if (repository === undefined) return refusal('RepositoryNotFoundException');
    repository.lifecyclePolicy = String(body.lifecyclePolicyText);
    return success({});
  },
};

const AWS_JSON = { 'content-type': 'application/x-amz-json-1.1' };

const success = (body: object): CloudAnswer => ({ status: 200, body, headers: AWS_JSON });

const refusal = (name: string): CloudAnswer => ({
  status: 400,
  body: { __type: name, message: `imitated ${name}` },
  headers: { ...AWS_JSON, 'x-amzn-errortype': name },
});
