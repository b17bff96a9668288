export { copyImage } from './copy-image.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
