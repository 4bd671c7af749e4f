// The icons of the interface: simple strokes on a 16 px grid, always beside a word or a label.
const paths = {
  all: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  down: 'M8 2.5v10M3.8 8.5 8 12.7l4.2-4.2',
  up: 'M8 13.5v-10M3.8 7.5 8 3.3l4.2 4.2',
  done: 'm3 8.5 3.2 3.2L13 4.8',
  problem: 'M8 2.2 14.3 13H1.7L8 2.2ZM8 6.5v3M8 11.2v.2',
  search: 'M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10.8 10.8 14 14',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  'check-files': 'M13.5 8A5.5 5.5 0 1 1 11.6 3.8M13.5 2.2v3h-3',
  folder: 'M1.8 12.5v-9h4.4l1.5 1.8h6.5v7.2H1.8Z',
  file: 'M3.5 1.8h5.7l3.3 3.4v9h-9V1.8ZM9 2v3.4h3.4',
  pause: 'M5.5 3.2v9.6M10.5 3.2v9.6',
  play: 'M5 3v10l7.5-5L5 3Z',
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8M12 4l-8 8',
  settings: 'M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 6.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6ZM6 13.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  slow: 'M2.2 12a6.3 6.3 0 1 1 11.6 0M8 10.5 4.8 7.2',
  more: 'M3.2 8h.1M8 8h.1M12.8 8h.1',
  'chevron-right': 'm6 3.5 4.5 4.5L6 12.5',
  'chevron-down': 'M3.5 6 8 10.5 12.5 6',
  back: 'M10 3.5 5.5 8l4.5 4.5',
  link: 'M6.5 9.5a3 3 0 0 0 4.2 0l2.4-2.4a3 3 0 0 0-4.2-4.2L7.8 4M9.5 6.5a3 3 0 0 0-4.2 0L2.9 8.9a3 3 0 0 0 4.2 4.2L8.2 12',
  people: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.6 2-4.2 4.5-4.2s4.5 1.6 4.5 4.2M10.8 2.8a2.4 2.4 0 0 1 0 4.5M12.2 9.6c1.5.6 2.4 1.9 2.4 3.9',
  unsigned: 'M8 1.8 13.2 4v4c0 3-2 5.2-5.2 6.4C4.8 13.2 2.8 11 2.8 8V4L8 1.8ZM8 5v3.2M8 10.6v.2',
  signed: 'M8 1.8 13.2 4v4c0 3-2 5.2-5.2 6.4C4.8 13.2 2.8 11 2.8 8V4L8 1.8ZM5.6 8l1.8 1.8 3.2-3.4',
  refused: 'M8 1.8 13.2 4v4c0 3-2 5.2-5.2 6.4C4.8 13.2 2.8 11 2.8 8V4L8 1.8ZM6.2 6.1l3.6 3.6M9.8 6.1 6.2 9.7',
  key: 'M10.7 8.6a3.3 3.3 0 1 0-3.2-2.4L2.5 11.2v2.3h2.8v-1.8h1.8V9.9l1.4-1.4a3.3 3.3 0 0 0 2.2.1ZM11.1 4.9h.1',
  lock: 'M3.5 7.2h9v6.6h-9ZM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2',
  package: 'M8 1.8 13.5 4.9v6.2L8 14.2l-5.5-3.1V4.9L8 1.8ZM2.5 4.9 8 8l5.5-3.1M8 8v6.2',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  drop: 'M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 11v2.8h11V11',
  'reach-open': 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.4 8.2l1.8 1.8 3.4-3.6',
  'reach-moderate': 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5 8.7c1-1.2 2-1.2 3-.4s2 .8 3-.4',
  'reach-strict': 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5 8h6',
  'reach-blocked': 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6 6l4 4M10 6l-4 4',
  'reach-unknown': 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.6a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.1M8 11.1v.1',
  none: 'M4 8h8',
} as const;

export type IconName = keyof typeof paths;

/** An icon; hidden from screen readers, because the words beside it say the same. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.2 : 1.5}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
