/** A list of a hundred thousand is looked at through pages of this many. */
export const PAGE = 50;

/** The pages that hold the rows from `first` to `last`, with one more on either side. */
export function pagesAround(first: number, last: number, total: number): readonly number[] {
  if (total <= 0) return [];
  // Of an empty list nothing is drawn, and yet what comes into it belongs on its first page.
  const end = Math.max(first, last);
  const from = Math.max(0, Math.floor(first / PAGE) - (first % PAGE < PAGE / 2 ? 1 : 0));
  const to = Math.min(
    Math.floor((total - 1) / PAGE),
    Math.floor(end / PAGE) + (end % PAGE >= PAGE / 2 ? 1 : 0),
  );
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Which rows are drawn. */
export function visibleRows(
  view: { readonly scrollTop: number; readonly height: number },
  rowHeight: number,
  total: number,
  overscan = 8,
): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor(view.scrollTop / rowHeight) - overscan);
  const last = Math.min(total - 1, Math.ceil((view.scrollTop + view.height) / rowHeight) + overscan);
  return { first, last };
}
