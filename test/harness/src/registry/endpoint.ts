/** What a client needs to talk to a registry over HTTP. */
export interface RegistryEndpoint {
  /** `http://127.0.0.1:PORT` or `https://...`, without trailing slash. */
  readonly url: string;
  readonly credentials?: UsernamePassword | undefined;
  readonly tls?: ClientTls | undefined;
}

export interface UsernamePassword {
  readonly username: string;
  readonly password: string;
}

/** PEM texts. */
export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}
