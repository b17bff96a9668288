export { performancePage } from './report/page.ts';
