/**
 * Fits a tenant's colour into the tokens, so that text stays readable on it and in it whatever the tenant chose.
 *
 * It owns the three tokens that a colour decides: `--accent` (surfaces), `--accent-ink` (text on them) and
 * `--accent-text` (text in the colour, on the page's own surface). It sets them through CSSOM, which a strict content
 * security policy allows.
 */

type Rgb = readonly [number, number, number];

/** The least contrast that WCAG 2.2 AA asks of text. */
const READABLE = 4.5;

/** Returns the three channels of `#rrggbb`, or undefined for anything else. */
export function parseColour(colour: string): Rgb | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return match ? ([1, 2, 3].map((group) => Number.parseInt(match[group] as string, 16)) as unknown as Rgb) : undefined;
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Returns the contrast of two colours, from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function mix(colour: Rgb, other: Rgb, share: number): Rgb {
  return colour.map((channel, at) => Math.round(channel + ((other[at] as number) - channel) * share)) as unknown as Rgb;
}

function hex(colour: Rgb): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [11, 18, 16];

/** Returns the colour's three tokens for a page whose surface is light or dark. */
export function accentTokens(colour: Rgb, dark: boolean): Record<string, string> {
  const ink = contrast(colour, WHITE) >= READABLE || contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK;
  // Where neither ink is readable enough, the surface gives way instead.
  let surface = colour;
  for (let share = 0; share <= 1 && contrast(surface, ink) < READABLE; share += 0.05) {
    surface = mix(colour, ink === WHITE ? BLACK : WHITE, share);
  }
  // Of all surfaces that carry such text, the bubble of the other side comes closest to it.
  const [page, towards]: [Rgb, Rgb] = dark ? [[37, 46, 43], WHITE] : [[238, 242, 240], BLACK];
  let text = colour;
  for (let share = 0; share <= 1 && contrast(text, page) < READABLE; share += 0.05) text = mix(colour, towards, share);
  return { "--accent": hex(surface), "--accent-ink": hex(ink), "--accent-text": hex(text) };
}

/** Makes a tenant's colour the page's accent, now and whenever the reader changes between light and dark. */
export function applyColour(colour: string): void {
  const parsed = parseColour(colour);
  if (!parsed) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    for (const [name, value] of Object.entries(accentTokens(parsed, dark.matches))) {
      document.documentElement.style.setProperty(name, value);
    }
  };
  dark.addEventListener("change", apply);
  apply();
}

/** Returns the surface and the ink for something outside the page, such as the launcher's button. */
export function accentOf(colour: string): { accent: string; ink: string } | undefined {
  const parsed = parseColour(colour);
  if (!parsed) return undefined;
  const tokens = accentTokens(parsed, false);
  return { accent: tokens["--accent"] as string, ink: tokens["--accent-ink"] as string };
}
