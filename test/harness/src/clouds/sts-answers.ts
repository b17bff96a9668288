import { randomUUID } from 'node:crypto';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/**
 * What STS answers to `AssumeRole`: fresh keys, which `keys` then knows, or `AccessDenied` for an unknown role.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function answerAssumeRole(
  { body }: CloudRequest,
  roles: Readonly<Record<string, string>>,
  keys: Map<string, string>,
): CloudAnswer {
  const form = new URLSearchParams(body);
  const account = roles[form.get('RoleArn') ?? ''];
  if (account === undefined) {
    const message = `User is not authorized to perform: sts:AssumeRole on resource: ${form.get('RoleArn')}`;
    const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    return xml(403, `<ErrorResponse xmlns="${NAMESPACE}">${error}</ErrorResponse>`);
  }
  const accessKeyId = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
  keys.set(accessKeyId, account);
  const credentials = [
    `<AccessKeyId>${accessKeyId}</AccessKeyId>`,
    '<SecretAccessKey>assumed-secret</SecretAccessKey>',
    '<SessionToken>assumed-session</SessionToken>',
    `<Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>`,
  ].join('');
  const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult>`;
  return xml(200, `<AssumeRoleResponse xmlns="${NAMESPACE}">${result}</AssumeRoleResponse>`);
}

const xml = (status: number, body: string): CloudAnswer => ({
  status,
  body,
  headers: { 'content-type': 'text/xml' },
});
