/** Drawn on a grid of 24, with strokes in the colour of the text. */
const PATHS = {
  menu: 'M4 6h16M4 12h16M4 18h16',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  inbox: 'M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5',
  drafts: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  sent: 'M4 12 20 4l-6 16-3-7z',
  archive: 'M4 5h16v4H4zM5 9v10h14V9M10 13h4',
  junk: 'M12 3l9 16H3zM12 10v4M12 17v.01',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  all: 'M4 6h16v12H4zM4 7l8 6 8-6',
  flagged: 'M12 4l2.500 5.200 5.500.8-4 4 1 5.700-5-2.700-5 2.700 1-5.700-4-4 5.500-.8z',
  important: 'M5 5h9l5 7-5 7H5l4-7z',
  folder: 'M4 6h6l2 2h8v10H4z',
  settings:
    'M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M18.400 5.600l-2.100 2.100M7.700 16.300l-2.100 2.100',
  reply: 'M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 7',
  replyAll: 'M7 7 2 12l5 5M12 6l-6 6 6 6M6 12h8a7 7 0 0 1 7 7',
  forward: 'M14 6l6 6-6 6M20 12h-9a7 7 0 0 0-7 7',
  attachment: 'M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  move: 'M4 6h6l2 2h8v10H4zM10 13h6M13.500 10.500 16 13l-2.500 2.500',
  read: 'M4 10l8-6 8 6v9H4zM4 10l8 6 8-6',
  unread: 'M4 6h16v12H4zM4 7l8 6 8-6',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 12l5 5 9-10',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .7-1 1.700M12 17v.01',
  logOut: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9v.01',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  bold: 'M7 5h6a3.500 3.500 0 0 1 0 7H7zM7 12h7a3.500 3.500 0 0 1 0 7H7z',
  italic: 'M10 5h8M6 19h8M14 5l-4 14',
  underline: 'M7 4v7a5 5 0 0 0 10 0V4M6 20h12',
  list: 'M9 6h11M9 12h11M9 18h11M4 6v.01M4 12v.01M4 18v.01',
  numbers: 'M10 6h10M10 12h10M10 18h10M4 5l1.500-1v5M4 14h3l-3 4h3',
  quote: 'M5 6v12M10 8h10M10 12h10M10 16h6',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  undo: 'M8 6 4 10l4 4M4 10h10a5 5 0 0 1 0 10h-4',
  refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg class={filled ? 'icon filled' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
