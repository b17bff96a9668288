import { isatty } from 'node:tty';
import { type Logger, printableLines, redact } from '@regfleet/model';
import {
  type DestinationStream,
  destination,
  type LoggerOptions,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { LEVEL_NAMES, parseLevel } from './level.ts';
import { loggableFields } from './loggable.ts';
import { textLine } from './text-line.ts';

const STDOUT = 1;

export interface CreateLoggerOptions {
  /** Part of every line, e.g. `scheduler`. */
  readonly service: string;
  /** `LOG_LEVEL` (default info) and `LOG_FORMAT` (`json` or `text`) in any case, as dregsy reads them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: standard output, as dregsy does; a command whose results go there passes `process.stderr`. */
  readonly destination?: { write(text: string): unknown; readonly isTTY?: boolean };
}

/**
 * A logger of one service: a JSON object per line, or one readable line on a terminal.
 *
 * A setting that makes no sense is warned about, and its default holds.
 */
export function createLogger(options: CreateLoggerOptions): Logger {
  const { LOG_LEVEL, LOG_FORMAT } = options.env;
  const level = LOG_LEVEL ? parseLevel(LOG_LEVEL) : 'info';
  const asText = LOG_FORMAT ? isText(LOG_FORMAT) : isTerminal(options);
  const logger = redacting(
    pino(pinoOptions(options.service, level ?? 'info'), stream(options, asText ?? isTerminal(options))),
  );
  if (level === undefined) {
    logger.warn({ value: LOG_LEVEL, known: LEVEL_NAMES }, 'LOG_LEVEL is no level, info is used');
  }
  if (asText === undefined) {
    logger.warn({ value: LOG_FORMAT, known: 'json, text' }, 'LOG_FORMAT is no format, the default is used');
  }
  return logger;
}

function isText(format: string): boolean | undefined {
  const name = format.trim().toLowerCase();
  return name === 'text' || name === 'json' ? name === 'text' : undefined;
}

const isTerminal = (options: CreateLoggerOptions): boolean =>
  options.destination === undefined ? isatty(STDOUT) : options.destination.isTTY === true;

function pinoOptions(service: string, level: string): LoggerOptions {
  return {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

type Write = (fields: object, message: string) => void;

// pino's own formatters do not reach the fields of children.
function redacting(logger: PinoLogger): Logger {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error'): Write =>
    (fields, message) => {
      if (logger.isLevelEnabled(level)) logger[level](loggableFields(fields), redact(message));
    };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => redacting(logger.child(loggableFields(fields))),
  };
}

function stream(options: CreateLoggerOptions, asText: boolean): DestinationStream {
  // Synchronous: the last lines before an exit are the ones that matter.
  const sink = options.destination ?? standardOutput();
  // JSON itself leaves all but the first control characters as they are.
  return { write: (json) => void sink.write(asText ? textLine(json) : printableLines(json)) };
}

// Of what cannot be written, as on a full disk; what comes beyond it is dropped.
const KEPT_BYTES = 1024 * 1024;

function standardOutput(): DestinationStream {
  const output = destination({ fd: STDOUT, sync: true, maxLength: KEPT_BYTES });
  // A terminal that was closed, a full disk: what is left to do is done all the same, and nothing fails because it is logged.
  output.on('error', () => undefined);
  // It tries again with each line that it keeps, and never where there is no room for one. `flushSync` would wait for the disk.
  output.on('drop', () => void output.write(''));
  return output;
}
