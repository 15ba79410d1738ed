/** What every page of the ticket desk knows of the tenant: its queues, tags, fields and people. It changes nothing. */
import { signal } from "@preact/signals";
import type { Staff } from "../../shared/gen/frames.ts";
import {
  type Calendar,
  ListCalendarsResponseSchema,
  ListFieldsResponseSchema,
  ListQueuesResponseSchema,
  ListTicketTagsResponseSchema,
} from "../../shared/gen/support.ts";
import { readStaff, staff } from "../privacy/data.ts";
import { api } from "../session.ts";
import { fields, people, queues, tags } from "../tickets/data.ts";
import { t } from "./words.ts";

/** The calendars by which promises count. */
export const calendars = signal<readonly Calendar[]>([]);

/** Reads all of it; throws where any of it could not be read. */
export async function readTenant(): Promise<void> {
  await Promise.all([
    api.call(ListQueuesResponseSchema, "GET", "/v1/queues").then((found) => {
      queues.value = found.queues;
    }),
    api.call(ListTicketTagsResponseSchema, "GET", "/v1/ticket-tags").then((found) => {
      tags.value = found.tags;
    }),
    api.call(ListFieldsResponseSchema, "GET", "/v1/ticket-fields").then((found) => {
      fields.value = found.fields;
    }),
    api.call(ListCalendarsResponseSchema, "GET", "/v1/service-calendars").then((found) => {
      calendars.value = found.calendars;
    }),
    readStaff().then(() => {
      people.value = [...staff.peek().values()];
    }),
  ]);
}

/** Returns the name of a queue. */
export function queueName(id: string): string {
  return queues.value.find((queue) => queue.id === id)?.label ?? t("gone");
}

/** Returns those who work on tickets, and whoever else is named already. */
export function agents(named: readonly string[] = []): readonly Staff[] {
  return people.value.filter(
    ({ id, roles, state }) =>
      named.includes(id) ||
      (state === "STATE_ACTIVE" && (roles.includes("CALLER_SUPPORT_AGENT") || roles.includes("CALLER_SUPERVISOR"))),
  );
}
