/** Three significant digits at most, none lost before the point. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(value);
}

export function formatSeconds(durationMs: number): string {
  return `${formatNumber(durationMs / 1000)} s`;
}

export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${formatNumber(mebibytes)} MiB` : `${formatNumber(mebibytes / 1024)} GiB`;
}
