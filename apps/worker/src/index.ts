export { type CopyListener, copyLog } from './copy-listener.ts';
export { LeftUploads, type LeftUploadsOptions } from './left-uploads.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
