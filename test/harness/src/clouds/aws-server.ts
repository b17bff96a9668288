import { type CloudAnswer, type CloudRequest, type CloudServer, startCloudServer } from './cloud-server.ts';
import {
  answerEcr,
  type EcrAccountState,
  type EcrImage,
  type EcrRepository,
  type EcrToken,
  ecrAccount,
} from './ecr-answers.ts';
import { answerAssumeRole } from './sts-answers.ts';

export interface AwsServerOptions {
  /** Account by access key id; other keys are refused as unknown. */
  readonly accounts: Readonly<Record<string, string>>;
  /** Of tokens; default 12 h, as ECR's. */
  readonly tokenLifetimeMs?: number;
  /** Names that every account starts with. */
  readonly repositories?: readonly string[];
  /** At most this many names in a page, whatever is asked for. */
  readonly pageSize?: number;
  /** The alias of every account on public ECR; default `alias`. */
  readonly publicAlias?: string;
  /** Account by ARN of a role that anybody may assume. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  /** Tagged images by repository, the same in every account; absent: none. */
  readonly images?: (repository: string) => readonly EcrImage[];
}

interface AwsException {
  readonly name: string;
  readonly status: number;
}

export interface AwsServer extends CloudServer {
  /** Operations as they were answered, e.g. `GetAuthorizationToken`, oldest first. */
  readonly operations: readonly string[];
  /** The tokens that `account` was given, oldest first. */
  tokens(account: string): readonly EcrToken[];
  /** Their passwords. */
  passwords(account: string): readonly string[];
  repositories(account: string): ReadonlyMap<string, EcrRepository>;
  /** Answers the next `count` requests with this exception. */
  failNext(exception: AwsException & { readonly count?: number }): void;
  /** Answers the first request after the next one of `operation` with this exception. */
  failAfter(operation: string, exception: AwsException): void;
}

/**
 * The endpoints of private and public ECR and of STS in this process, for `AWS_ENDPOINT_URL`.
 *
 * Imitates the JSON 1.1 protocol as the AWS SDK for JavaScript 3 speaks it: the operation in `x-amz-target`, the access key
 * in the signature's header (the signature itself is not checked), exceptions by `__type`.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
 * @see https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_Operations.html
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export async function startAwsServer(options: AwsServerOptions): Promise<AwsServer> {
  const accounts = new Map<string, EcrAccountState>();
  const operations: string[] = [];
  const failures: CloudAnswer[] = [];
  const failuresAfter = new Map<string, CloudAnswer>();
  const keys = new Map(Object.entries(options.accounts));
  const stateOf = (account: string): EcrAccountState => {
    const known = accounts.get(account) ?? ecrAccount(account, options.repositories ?? []);
    accounts.set(account, known);
    return known;
  };
  const server = await startCloudServer((request) => {
    const operation = operationOf(request);
    operations.push(operation);
    const failure = failures.shift();
    const later = failuresAfter.get(operation);
    if (later !== undefined) failures.push(later);
    failuresAfter.delete(operation);
    if (failure !== undefined) return failure;
    const account = keys.get(accessKeyOf(request));
    if (account === undefined) return exception('UnrecognizedClientException', 400);
    if (operation === 'AssumeRole') return answerAssumeRole(request, options.roles ?? {}, keys);
    return answerEcr(request, operation, { account: stateOf(account), options });
  }, options);
  return {
    ...server,
    operations,
    tokens: (account) => stateOf(account).tokens,
    passwords: (account) => stateOf(account).tokens.map(({ password }) => password),
    repositories: (account) => stateOf(account).repositories,
    failNext({ name, status, count = 1 }) {
      for (let index = 0; index < count; index += 1) failures.push(exception(name, status));
    },
    failAfter(operation, { name, status }) {
      failuresAfter.set(operation, exception(name, status));
    },
  };
}

/** `AmazonEC2ContainerRegistry_V20150921.CreateRepository` -> `CreateRepository`; STS names it in the form. */
const operationOf = ({ headers, body }: CloudRequest): string =>
  String(headers['x-amz-target'] ?? '').split('.')[1] ?? new URLSearchParams(body).get('Action') ?? '';

const accessKeyOf = ({ headers }: CloudRequest): string =>
  /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';

const exception = (name: string, status: number): CloudAnswer => ({
  status,
  body: { __type: name, message: `imitated ${name}` },
  headers: { 'x-amzn-errortype': name },
});
