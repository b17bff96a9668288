import type { NotifyEvent, Receiver } from '@regfleet/config';
import type { Webhook } from '@regfleet/registry';
import type { StateNow } from './changes.ts';

type Content = Pick<Webhook, 'contentType' | 'body'>;

/** A notification in the form that its receiver takes. */
export function messageFor(
  { format }: Pick<Receiver, 'format'>,
  event: NotifyEvent,
  state: StateNow,
  nowMs: number,
): Content {
  const document = documentOf(event, state, nowMs);
  if (format === 'slack')
    return { contentType: 'application/json', body: JSON.stringify({ text: escaped(document.text) }) };
  if (format === 'json') return { contentType: 'application/json', body: JSON.stringify(document) };
  const { run, vanished } = state;
  const since = Math.min(...Object.values(vanished).map(({ sinceMs }) => sinceMs), nowMs);
  // The same for what is sent twice, so that its receiver can tell.
  const id = [state.task, event, event === 'failing' || event === 'recovered' ? run?.id : since].join('/');
  return {
    contentType: 'application/cloudevents+json',
    body: JSON.stringify({
      specversion: '1.0',
      id,
      source: 'urn:regfleet',
      type: `regfleet.task.${event}`,
      subject: state.task,
      time: new Date(nowMs).toISOString(),
      datacontenttype: 'application/json',
      data: document,
    }),
  };
}

function documentOf(event: NotifyEvent, { task, run, vanished }: StateNow, atMs: number) {
  const isOfRun = event === 'failing' || event === 'recovered';
  const error = event === 'failing' ? run?.errors[0]?.message : undefined;
  return {
    version: 1,
    event,
    task,
    atMs,
    text: textOf(
      event,
      task,
      error ??
        Object.entries(vanished)
          .map(([state, { count }]) => `${count} ${state}`)
          .join(', '),
    ),
    ...(isOfRun && run !== undefined && { run: run.id }),
    ...(error !== undefined && { error }),
    ...(event === 'vanished' && { vanished }),
  };
}

function textOf(event: NotifyEvent, task: string, detail: string): string {
  const behind = detail === '' ? '' : `: ${detail}`;
  switch (event) {
    case 'failing':
      return `Task ${task} is failing${behind}`;
    case 'recovered':
      return `Task ${task} succeeds again`;
    case 'vanished':
      return `At the source of task ${task} something has vanished or moved${behind}`;
    case 'returned':
      return `At the source of task ${task} nothing is missing any more`;
  }
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
