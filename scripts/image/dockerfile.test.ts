import { describe, expect, it } from 'vitest';
import { runtimeConfigOf } from './dockerfile.ts';

const dockerfile = (...last: string[]): string =>
  [
    'FROM other AS laid-out',
    'RUN anything',
    '',
    'FROM scratch',
    'COPY --from=laid-out /root/ /',
    ...last,
  ].join('\n');

describe('image/dockerfile', () => {
  it('reads how containers run from the last stage', () => {
    const config = runtimeConfigOf(
      dockerfile(
        '# A remark.',
        'LABEL a.title="Two words"',
        'ENV PATH=/bin',
        'ENV HOME=/tmp MODE="one two"',
        'USER 1:2',
        'EXPOSE 80',
        'ENTRYPOINT ["run"]',
        'CMD ["--help", "me"]',
      ),
    );
    expect(config).toEqual({
      User: '1:2',
      ExposedPorts: { '80/tcp': {} },
      Env: ['PATH=/bin', 'HOME=/tmp', 'MODE=one two'],
      Entrypoint: ['run'],
      Cmd: ['--help', 'me'],
      Labels: { 'a.title': 'Two words' },
    });
  });

  it.each(['RUN chmod +x /bin/run', 'WORKDIR /srv', 'ENV A=1 \\', 'ENV A=$B', 'COPY file /'])(
    'refuses %s, which the layout would not do',
    (line) => {
      expect(() => runtimeConfigOf(dockerfile(line))).toThrow(/images are not laid out by/);
    },
  );

  it('refuses files from elsewhere', () => {
    expect(() => runtimeConfigOf('FROM scratch\nCOPY . /opt\n')).toThrow(/copies otherwise/);
  });
});
