/**
 * Times as people read them: relative, with the exact one on hover, in the reader's zone and language.
 *
 * It owns one clock signal that ticks twice a minute for the whole page, so that no list item needs a timer of its own.
 */
import { signal } from "@preact/signals";
import { region } from "./text.ts";

/** The time now, in milliseconds since 1970, good to half a minute. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 30_000);

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** Returns a time as "3 minutes ago", or "now" within the last minute. */
export function relative(time: number, at: number = now.value, style: Intl.RelativeTimeFormatStyle = "narrow"): string {
  const words = new Intl.RelativeTimeFormat(region.value, { numeric: "auto", style });
  for (const [unit, length] of STEPS) {
    const count = Math.trunc((time - at) / length);
    if (count !== 0) return words.format(count, unit);
  }
  return words.format(0, "second");
}

/** Returns a time in full. */
export function exact(time: number): string {
  return new Intl.DateTimeFormat(region.value, { dateStyle: "long", timeStyle: "short" }).format(time);
}

/** Returns the time of day. */
export function clockTime(time: number): string {
  return new Intl.DateTimeFormat(region.value, { timeStyle: "short" }).format(time);
}

/** Returns a date in full. */
export function date(time: number): string {
  return new Intl.DateTimeFormat(region.value, { dateStyle: "long" }).format(time);
}

/** Returns how long something took or takes: "4 min". */
export function duration(milliseconds: number): string {
  // Rounded down, as the relative times are, so that "12 min" never stands beside "11 minutes ago".
  const minutes = Math.max(1, Math.floor(milliseconds / 60_000));
  const [count, unit] =
    minutes < 60
      ? [minutes, "minute"]
      : minutes < 1440
        ? [Math.floor(minutes / 60), "hour"]
        : [Math.floor(minutes / 1440), "day"];
  return new Intl.NumberFormat(region.value, { style: "unit", unit, unitDisplay: "short" }).format(count);
}

/** A time on the screen. */
export function Time({ at, clock = false }: { at: number; clock?: boolean }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {clock ? clockTime(at) : relative(at)}
    </time>
  );
}
