import { describe, expect, it } from 'vitest';
import { isRefusalByRights, meaningOf, replyCode, tellable } from './reply.ts';

describe('queue/redis/reply', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 'READONLY', 'wait'],
    [
      "READONLY You can't write against a read only replica. script: 3f, on @user_script:1.",
      'READONLY',
      'wait',
    ],
    [
      "ERR Error running script (call to f_3f): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica. ",
      'READONLY',
      'wait',
    ],
    ['EXECABORT Transaction discarded because of: READONLY You can not', 'READONLY', 'wait'],
    ['EXECABORT Transaction discarded because of previous errors.', 'EXECABORT', 'tell'],
    ['UNBLOCKED force unblock from blocking operation, instance state changed', 'UNBLOCKED', 'wait'],
    [
      'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
      'BUSY',
      'wait',
    ],
    ['-BUSY Redis is busy', 'BUSY', 'wait'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING', 'wait'],
    ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN', 'wait'],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN', 'wait'],
    ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', 'wait'],
    ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF', 'wait'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', 'wait'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN', 'wait'],
    ['ERR max number of clients reached', 'ERR', 'wait'],
    ['BUSYGROUP Consumer Group name already exists', 'BUSYGROUP', 'tell'],
    ['NOPERM this user has no permissions', 'NOPERM', 'tell'],
    ['WRONGTYPE Operation against a key', 'WRONGTYPE', 'tell'],
    ['ERR user wrote READONLY here', 'ERR', 'tell'],
    ['something else', 'ERR', 'tell'],
    ['', 'ERR', 'tell'],
  ])('takes "%s" for %s: %s', (message, code, meaning) => {
    expect(replyCode(message)).toBe(code);
    expect(meaningOf(message)).toBe(meaning);
  });

  it.each([
    ["NOPERM this user has no permissions to run the 'set' command", true],
    [
      "ERR The user executing the script can't run this command or subcommand script: 3f, on @user_script:1.",
      true,
    ],
    [
      "ERR ACL failure in script: User u has no permissions to run the 'zpopmin' command script: on @user_script:1.",
      true,
    ],
    ["NOPERM The user executing the script can't access the key", true],
    ["READONLY You can't write against a read only replica.", false],
    ['ERR unknown command', false],
  ])('knows whether "%s" says that a right is missing: %s', (message, isByRights) => {
    expect(isRefusalByRights(message)).toBe(isByRights);
  });

  it('tells the same of the same cause, whichever script met it', () => {
    const told = "OOM command not allowed when used memory > 'maxmemory'.";
    for (const place of [
      '',
      ` script: ${'3f'.repeat(20)}, on @user_script:119.`,
      ' script: on @user_script:1.',
    ])
      expect(tellable(told + place)).toBe(told);
  });
});
