/** What a request was about; decides what a 404 means. */
export type Subject = 'blob' | 'catalog' | 'manifest' | 'registry' | 'repository' | 'token' | 'upload';
