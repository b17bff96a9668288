export { type AwsServer, type AwsServerOptions, startAwsServer } from './clouds/aws-server.ts';
export { type AzureServer, startAzureServer } from './clouds/azure-server.ts';
export { type DockerHubOptions, type DockerHubServer, startDockerHub } from './clouds/docker-hub-server.ts';
export { type EcrRegistry, type EcrRegistryOptions, startEcrRegistry } from './clouds/ecr-registry.ts';
export { type GithubTokenServer, startGithubTokenServer } from './clouds/github-token-server.ts';
export { type GoogleTokenServer, startGoogleTokenServer } from './clouds/google-token-server.ts';
export { type MetadataServer, startMetadataServer } from './clouds/metadata-server.ts';
export { startDockerd, type TestDockerd } from './dockerd.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { type ArtifactRecipe, type MadeArtifact, makeArtifact } from './images/artifact.ts';
export type { MadeBlob } from './images/blob.ts';
export { type FilledTag, fillRegistry, type RepositoryFill } from './images/fill.ts';
export { type ImageFormat, type ImageRecipe, type MadeImage, makeImage } from './images/image.ts';
export { type IndexOptions, type MadeIndex, makeIndex } from './images/image-index.ts';
export type { LayerRecipe, MadeLayer, SizedLayer } from './images/layer.ts';
export { pushArtifact, pushImage, pushIndex, putManifest } from './images/push.ts';
export { cpuTimeMs, expectLinear } from './linear.ts';
export { hasBinary } from './processes/binaries.ts';
export type { ChildOptions, Exit } from './processes/child.ts';
export { failureWithoutFiles } from './processes/failure-without-files.ts';
export { type FakedClock, fakedClock } from './processes/faked-clock.ts';
export { freePort } from './processes/free-port.ts';
export {
  type CommandOptions,
  type CommandResult,
  runCommand,
  runToSuccess,
} from './processes/run-command.ts';
export { type RunningProcess, startProcess } from './processes/start-process.ts';
export { type ProcessInTerminal, startInTerminal } from './processes/terminal.ts';
export { Regfleet, type RegfleetOptions, type RunningService } from './product/regfleet.ts';
export { type Sample, startPrometheus, type TestPrometheus } from './prometheus.ts';
export { type RedisOptions, startRedis, type TestRedis } from './redis.ts';
export type { RedisTls, RedisTlsFiles } from './redis-tls.ts';
export { writeCertsDir } from './registry/certs-dir.ts';
export type { ClientTls, RegistryEndpoint, UsernamePassword } from './registry/endpoint.ts';
export { digestOf, listTags, type PulledImage, pullEverything, readManifest } from './registry/read.ts';
export { skopeoDigest, skopeoManifest } from './registry/skopeo.ts';
export { type RegistryOptions, startRegistry, type TestRegistry } from './registry/test-registry.ts';
export {
  startTokenServer,
  type TokenRequest,
  type TokenServer,
  type TokenServerOptions,
  type TokenUser,
} from './registry/token-server.ts';
export type { Resource } from './resource.ts';
export { type SentinelOptions, startSentinel, type TestSentinel } from './sentinel.ts';
export {
  type ArtifactRegistry,
  type ArtifactRegistryOptions,
  startArtifactRegistry,
} from './servers/artifact-registry.ts';
export { type BurstLimit, LeakyBucket } from './servers/burst-limit.ts';
export { type ConnectProxy, startConnectProxy } from './servers/connect-proxy.ts';
export { type CountingProxy, countingProxy } from './servers/counting-proxy.ts';
export type { Exchange, ScriptedRequest, ScriptedResponse } from './servers/exchange.ts';
export type { Fault, InjectedFault } from './servers/faults.ts';
export { type HttpServer, startHttpServer } from './servers/http-server.ts';
export type { DigestApi } from './servers/in-memory-digests.ts';
export type { InMemoryRepository } from './servers/in-memory-images.ts';
export {
  type InMemoryRegistry,
  type InMemoryRegistryOptions,
  inMemoryRegistry,
} from './servers/in-memory-registry.ts';
export type { ReferrersApi } from './servers/referrers-api.ts';
export type { LoggedRequest, PathKind, RequestFilter, RequestLog } from './servers/request-log.ts';
export { type ScriptedRegistry, scriptedRegistry } from './servers/scripted-registry.ts';
export { type SilentServer, startSilentServer } from './servers/silent-server.ts';
export { startTcpProxy, type TcpProxy } from './servers/tcp-proxy.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
