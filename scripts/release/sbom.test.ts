import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, it } from 'vitest';
import { sbomOf } from './sbom.ts';

const SCHEMAS = createRequire(import.meta.url)
  .resolve('@cyclonedx/cyclonedx-library/package.json')
  .replace('package.json', 'res/schema/');

const schemaOf = (name: string): AnySchema =>
  JSON.parse(readFileSync(`${SCHEMAS}${name}.SNAPSHOT.schema.json`, 'utf8')) as AnySchema;

const OURS = { name: 'regfleet', version: '1.2.3', license: 'Apache-2.0' };
const INTEGRITY = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const SCOPED = { name: '@scope/part', version: '2.0.0', license: 'MIT', integrity: INTEGRITY };
const OLD = { name: 'old', version: '1.0.0', license: 'MIT OR Apache-2.0' };

describe('scripts/release/sbom', () => {
  it('names each part with its licence, its address and the hash that npm checked', () => {
    const { metadata, components } = JSON.parse(sbomOf(OURS, [SCOPED, OLD]));
    expect(metadata).toEqual({ component: expect.objectContaining({ purl: 'pkg:npm/regfleet@1.2.3' }) });
    expect(components).toEqual([
      expect.objectContaining({
        group: '@scope',
        name: 'part',
        purl: 'pkg:npm/%40scope/part@2.0.0',
        licenses: [{ license: { id: 'MIT' } }],
        hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }],
      }),
      expect.objectContaining({ name: 'old', licenses: [{ expression: 'MIT OR Apache-2.0' }] }),
    ]);
  });

  it('is valid CycloneDX 1.6, and the same for the same parts in another order', () => {
    const parts = [SCOPED, OLD];
    const sbom = sbomOf(OURS, parts);
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
      ajv.addSchema(schemaOf(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
    const isValid = ajv.compile(schemaOf('bom-1.6'));
    expect(isValid(JSON.parse(sbom)), JSON.stringify(isValid.errors)).toBe(true);
    expect(sbomOf(OURS, parts.toReversed())).toBe(sbom);
  });
});
