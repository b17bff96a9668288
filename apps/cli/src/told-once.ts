/** What the plans of several targets have told, in their order; what more than one of them tells alike, of their source, comes once. */
export function toldOnce<Told>(plans: readonly (readonly Told[])[]): Told[] {
  const before = new Set<string>();
  return plans.flatMap((told) => {
    const texts = told.map((each) => JSON.stringify(each));
    const news = told.filter((_, index) => !before.has(texts[index] ?? ''));
    for (const text of texts) before.add(text);
    return news;
  });
}
