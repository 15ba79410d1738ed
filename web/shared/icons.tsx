/** The icons, drawn here so that none is fetched. All are decoration: the control that holds one carries the name. */

const PATHS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  minimise: "M5 9l7 7 7-7",
  more: "M5 11.4v1.2M12 11.4v1.2M19 11.4v1.2",
  send: "M5 12h13M12 5l7 7-7 7",
  sound: "M4 10v4h4l5 4V6L8 10zM16.5 9a4 4 0 010 6M19 6.5a8 8 0 010 11",
  soundOff: "M4 10v4h4l5 4V6L8 10zM17 9.5l5 5M22 9.5l-5 5",
  bell: "M6 16V11a6 6 0 0112 0v5l2 2H4zM10 20.5h4",
  shield: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z",
  end: "M4 5h16v11H9l-5 4zM9 8.5l6 5M15 8.5l-6 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  inbox: "M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5",
  search: "M11 5a6 6 0 110 12 6 6 0 010-12zM15.5 15.5L20 20",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  leave: "M14 5H5v14h9M10 12h10M16 8l4 4-4 4",
  back: "M14 6l-6 6 6 6",
  smile: "M12 4a8 8 0 110 16 8 8 0 010-16zM9 10h.01M15 10h.01M8.5 14c1.5 2.5 5.5 2.5 7 0",
  person: "M12 5a3.5 3.5 0 110 7 3.5 3.5 0 010-7zM5 20c.5-4 3-6 7-6s6.5 2 7 6",
  check: "M5 13l4 4L19 7",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  settings: "M4 7h9M17 7h3M13 4.5v5M4 12h3M11 12h9M7 9.5v5M4 17h11M19 17h1M15 14.5v5",
  plus: "M12 5v14M5 12h14",
  clip: "M8 12.5l6-6a3 3 0 014.2 4.2l-8 8a5 5 0 01-7-7l7.5-7.5",
  chart: "M4 20h16M7 17v-5M12 17V6M17 17v-8",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof PATHS;

/** Icons that point somewhere and turn round where people read from right to left. */
const DIRECTED = new Set<IconName>(["send", "back", "leave"]);

/** An icon of the text's colour. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class={DIRECTED.has(name) ? "directed" : undefined}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
