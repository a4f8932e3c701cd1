/** All items of a list that comes in pages; `next` asks for the page after the last item. */
export async function allPages<Item>(
  next: (last: Item | undefined) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const page = await next(all.at(-1));
    if (page.length === 0) return all;
    all.push(...page);
  }
}
