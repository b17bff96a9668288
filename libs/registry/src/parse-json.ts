/** Absent: it is no JSON. For answers whose shape a schema decides on. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
