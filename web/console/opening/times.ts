/** Reads and writes hours as people write them: `09:00-12:30, 13:30-18:00`. */

/** A stretch of a day, in minutes of its clock. */
export interface OpenInterval {
  startMinute: number;
  endMinute: number;
}

/** A day with hours of its own. */
export interface SpecialDay {
  date: string;
  intervals: OpenInterval[];
}

const STRETCH = /^(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?$/;
const CLOSED = /^(|closed|-)$/i;

function minute(hours: string, minutes = "0"): number {
  const all = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && all <= 1440 ? all : Number.NaN;
}

/** Returns a day's intervals; undefined for what cannot be read. */
export function readDay(text: string): OpenInterval[] | undefined {
  if (CLOSED.test(text.trim())) return [];
  const intervals: OpenInterval[] = [];
  for (const part of text.split(",")) {
    const [, startHours, startMinutes, endHours, endMinutes] = STRETCH.exec(part.trim()) ?? [];
    if (startHours === undefined || endHours === undefined) return undefined;
    const startMinute = minute(startHours, startMinutes);
    const endMinute = minute(endHours, endMinutes);
    if (!(startMinute < endMinute)) return undefined;
    intervals.push({ startMinute, endMinute });
  }
  return intervals.sort((a, b) => a.startMinute - b.startMinute);
}

const clock = (at: number) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

/** Writes a day's intervals. */
export function writeDay(intervals: readonly OpenInterval[]): string {
  return intervals.map(({ startMinute, endMinute }) => `${clock(startMinute)}-${clock(endMinute)}`).join(", ");
}

/** Returns the days of a text with one on a line; the line that cannot be read otherwise. */
export function readSpecial(text: string): SpecialDay[] | string {
  const days: SpecialDay[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const [, date = "", rest = ""] = /^(\d{4}-\d{2}-\d{2})[:\s]*(.*)$/.exec(line) ?? [];
    const intervals = date === "" ? undefined : readDay(rest);
    if (!intervals) return line;
    days.push({ date, intervals });
  }
  return days;
}

/** Writes days, one on a line. */
export function writeSpecial(days: readonly SpecialDay[]): string {
  return days.map(({ date, intervals }) => `${date} ${writeDay(intervals) || "closed"}`).join("\n");
}
