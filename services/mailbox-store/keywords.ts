/** Keywords are compared without case: of those that differ in nothing else the first stays. Sorted. */
export function distinctKeywords(keywords: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const keyword of keywords) {
    const key = keyword.toLowerCase();
    if (!first.has(key)) first.set(key, keyword);
  }
  return [...first.values()].sort();
}
