import { Help, type HelpConfiguration } from 'commander';

const INDENT = '      ';
// Less beside a name reads like a column of words.
const LEAST_BESIDE = 30;
// What is narrower wraps for itself.
const LEAST_WIDTH = 20;

/** How `--help` is written: on a narrow terminal what a name means stands below it, not beside it. */
export const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  sortSubcommands: false,
  minWidthToWrap: LEAST_WIDTH,
  formatItem(term, termWidth, description, helper) {
    const { helpWidth = 80 } = helper;
    if (description === '' || helpWidth - termWidth - 4 >= LEAST_BESIDE)
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    const below = helper.boxWrap(description, helpWidth - INDENT.length);
    return [`  ${term}`, ...below.split('\n').map((line) => `${INDENT}${line}`)].join('\n');
  },
};
