export { type CopyListener, copyLog } from './copy-listener.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
