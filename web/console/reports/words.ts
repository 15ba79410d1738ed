/** The English words of the reports section, which are loaded with it. What a figure is comes from the platform. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "reports.";

const english = {
  lead: "Conversations that began in the period and are over. Nobody who asked is in these figures.",
  period: "Period",
  "period.7": "7 days",
  "period.30": "30 days",
  "period.90": "90 days",
  "period.own": "Other…",
  first: "First day",
  last: "Last day",
  by: "Shown by",
  "by.REPORT_GROUPING_DAY": "Day",
  "by.REPORT_GROUPING_HOUR": "Hour of the day",
  "by.REPORT_GROUPING_OPERATOR": "Operator",
  "by.REPORT_GROUPING_TEAM": "Team",
  "by.REPORT_GROUPING_SITE": "Site",
  zone: "Days and hours are meant in the time zone {zone}.",
  figure: "Figure",
  totals: "In all",
  plot: "{figure} by {by}",
  "plot.value": "{key}: {value}",
  table: "The same as a table",
  none: "None",
  nobody: "Nobody",
  "hour.name": "{hour}:00",
  definitions: "What the figures are",
  save: "Save for a spreadsheet",
  reading: "Adding up…",
  "failed.title": "The figures could not be loaded",
  "failed.text": "Nothing was changed. Check the connection and the days, then try again.",
  again: "Try again",
  "empty.title": "Nothing in this period",
  "empty.text": "No conversation that began in these days is over yet.",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, text]) => [PREFIX + key, text])));

/** Returns a message of the section. */
export function t(key: keyof typeof english | "title", values?: Values): string {
  return translate(PREFIX + key, values);
}
