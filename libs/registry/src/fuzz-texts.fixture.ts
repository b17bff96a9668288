import fc from 'fast-check';

const FORBIDDEN = [
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '2852039166',
  '0xa9fea9fe',
  '[fe80::1]',
  '[64:ff9b::a9fe:a9fe]',
  '100.100.100.200',
  '[fd00:ec2::254]',
  '198.18.0.1',
  '[ff02::1]',
];

/** Addresses in all forms, right and wrong. @param own - the registry. @param other - who must not be shown its login. */
export function urlText(own: string, other: string): fc.Arbitrary<string> {
  const scheme = fc.constantFrom(
    'http://',
    'https://',
    '//',
    '/',
    '/\\',
    '\\\\',
    '',
    'HTTP://',
    'http:',
    'http:/',
    'ftp://',
    'file:///',
  );
  const host = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(own, other, `${own}//${other}`, `${own}/\\${other}`, `${own}@${other}`),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...FORBIDDEN, `user:pw@${other}`, `${other}#@${own}`, `${own}\t`, `${own}.`),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 20, unit: 'binary-ascii' }) },
  );
  const path = fc.oneof(
    fc.constantFrom(
      '',
      '/',
      '/v2/',
      `//${other}/x`,
      `/\\${other}`,
      '/..//../',
      '/x?_state=a%2B=',
      '/x#y',
      '/%2F%2F',
      '?last=a&n=1',
    ),
    fc.webPath(),
    fc.string({ maxLength: 30, unit: 'binary-ascii' }),
  );
  return fc.tuple(scheme, host, path).map((parts) => parts.join(''));
}

/** Texts that are long, deep, or made to be looked at for long. */
export const hardText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .tuple(
        fc.constantFrom(
          'a',
          'a-',
          '<',
          '"',
          '\\"',
          '\\',
          '[',
          '{"a":',
          '://',
          'a:b@',
          ' ',
          '=,',
          'x="',
          '\u202e',
          '💣',
        ),
        fc.nat({ max: 60_000 }),
      )
      .map(([seed, length]) => seed.repeat(Math.ceil(length / seed.length))),
  );

/** JSON that has the shape of an answer, more or less. */
export const almostJson = (fields: readonly string[]): fc.Arbitrary<string> => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    hardText(),
    fc.constantFrom(null, -1, 1e308, '', [], {}),
  );
  const shaped = fc
    .dictionary(
      fc.constantFrom(...fields),
      fc.oneof(value, fc.array(fc.dictionary(fc.constantFrom(...fields), value), { maxLength: 3 })),
    )
    .map((object) => JSON.stringify(object));
  const deep = fc
    .tuple(fc.constantFrom(...fields), fc.nat({ max: 20_000 }))
    .map(([name, depth]) => `{"${name}":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  return fc.oneof(
    { weight: 5, arbitrary: shaped },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: hardText() },
  );
};

/** What Node sends as a header; the rest of a text cannot come over the wire. */
export const asHeader = (text: string): string => text.replace(/[^\t\x20-\x7e]/g, '').slice(0, 8_000);
