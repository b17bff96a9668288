import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';

/** What is shipped with us, as it was published. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Of its archive, as npm writes it; absent where that is not known. */
  readonly integrity?: string;
}

/** The list of what is shipped, in CycloneDX's JSON. It names no time and no number of its own: the same text for the same parts. */
export function sbomOf(main: Omit<Part, 'integrity'>, parts: readonly Part[]): string {
  const bom = new Models.Bom();
  const whole = componentOf(main, Enums.ComponentType.Application);
  bom.metadata.component = whole;
  for (const part of parts) {
    const component = componentOf(part, Enums.ComponentType.Library);
    bom.components.add(component);
    whole.dependencies.add(component.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(
  { name, version, license, integrity }: Part,
  type: Enums.ComponentType,
): Models.Component {
  const [scope, plain = ''] = name.startsWith('@') ? name.split('/') : [undefined, name];
  // https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md
  const path = [scope, plain].filter((word) => word !== undefined).map(encodeURIComponent);
  const purl = `pkg:npm/${path.join('/')}@${version}`;
  const component = new Models.Component(type, plain, { version, purl, bomRef: purl });
  if (scope !== undefined) component.group = scope;
  component.licenses.add(
    / (?:OR|AND|WITH) /.test(license)
      ? new Models.LicenseExpression(license)
      : new Models.SpdxLicense(license),
  );
  if (integrity !== undefined) {
    const digest = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
    component.hashes.set(Enums.HashAlgorithm['SHA-512'], digest);
  }
  return component;
}
