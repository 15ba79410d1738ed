// Generated from the contract by tools/generate-frames.mjs; `npm run gen` writes it again. Never edited by hand.
// Comments on every message and field stand in protos/. Times are milliseconds since 1970, 0 where unset.
import type { Schema } from "../codec.ts";

export interface ReportRow {
  key: string;
  operatorId: string;
  volume: number;
  missed: number;
  firstWaitSeconds: number;
  firstResponseSeconds: number;
  handlingSeconds: number;
  answered: number;
}
export const ReportRowSchema: Schema<ReportRow> = [
  [1, "key", "s"],
  [2, "operatorId", "s"],
  [3, "volume", "i"],
  [4, "missed", "i"],
  [5, "firstWaitSeconds", "i"],
  [6, "firstResponseSeconds", "i"],
  [7, "handlingSeconds", "i"],
  [8, "answered", "i"],
];

export interface Metric {
  key: string;
  heading: string;
  definition: string;
}
export const MetricSchema: Schema<Metric> = [
  [1, "key", "s"],
  [2, "heading", "s"],
  [3, "definition", "s"],
];

export interface GetReportResponse {
  total?: ReportRow | undefined;
  rows: ReportRow[];
  timeZone: string;
  metrics: Metric[];
}
export const GetReportResponseSchema: Schema<GetReportResponse> = [
  [1, "total", "m", ReportRowSchema],
  [2, "rows", "m", ReportRowSchema, true],
  [3, "timeZone", "s"],
  [4, "metrics", "m", MetricSchema, true],
];
