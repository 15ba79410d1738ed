/** What stands around the open ticket: whose it is, where it stands, who is on copy, its promises and its history. */
import { useId } from "preact/hooks";
import type { GetTicketResponse, Ticket } from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { language } from "../../shared/text.ts";
import { relative, Time } from "../../shared/time.tsx";
import { Copies } from "./copies.tsx";
import { fields, nameOf, queues, tags } from "./data.ts";
import { change } from "./deeds.ts";
import { kept } from "./dialogs.tsx";
import { deeds } from "./section.ts";
import { named, t } from "./words.ts";

function Choose(props: {
  label: string;
  value: string;
  choices: readonly (readonly [string, string])[];
  pick: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="ticket-fact">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.pick(event.currentTarget.value)}>
        {props.choices.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The languages in which mails are written; a requester may have said another one, which canned replies go by. */
const LANGUAGES = ["en", "de", "ar"];

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(language.value, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const PRIORITIES = ["PRIORITY_LOW", "PRIORITY_NORMAL", "PRIORITY_HIGH", "PRIORITY_URGENT"];
const SEVERITIES = ["SEVERITY_MINOR", "SEVERITY_MODERATE", "SEVERITY_MAJOR", "SEVERITY_CRITICAL"];

/** The facts. */
export function Facts({ found }: { found: GetTicketResponse }) {
  const ticket = found.ticket as Ticket;
  const one = [ticket.id];
  const set = (kind: "CHANGE_KIND_SET_PRIORITY" | "CHANGE_KIND_SET_SEVERITY", value: string, words: string) =>
    change(one, [{ kind, value: value.replace(/^[A-Z]+_/, "") }], words, { etag: ticket.etag });
  return (
    <aside class="ticket-facts" aria-label={t("details")}>
      <dl>
        <dt>{t("requester")}</dt>
        <dd dir="auto">
          {ticket.requesterName && <strong>{ticket.requesterName}</strong>} {ticket.requesterEmail}
        </dd>
        <dt>{t("site")}</dt>
        <dd dir="auto">{ticket.siteUrl || t("site.none")}</dd>
      </dl>
      <Copies ticket={ticket} />
      <Choose
        label={t("priority")}
        value={ticket.priority}
        choices={PRIORITIES.map((value) => [value, named(`priority.${value}`)])}
        pick={(value) => set("CHANGE_KIND_SET_PRIORITY", value, t("done.priority"))}
      />
      <Choose
        label={t("severity")}
        value={ticket.severity}
        choices={SEVERITIES.map((value) => [value, named(`severity.${value}`)])}
        pick={(value) => set("CHANGE_KIND_SET_SEVERITY", value, t("done.severity"))}
      />
      <Choose
        label={t("queue")}
        value={ticket.queueId}
        choices={queues.value.map(({ id, label }) => [id, label])}
        pick={(value) => change(one, [{ kind: "CHANGE_KIND_MOVE", value }], t("done.move"))}
      />
      <Choose
        label={t("language")}
        value={ticket.language}
        choices={[
          ["", t("language.own")],
          ...[...new Set([...LANGUAGES, ticket.language].filter(Boolean))].map(
            (tag) => [tag, languageName(tag)] as const,
          ),
        ]}
        pick={(value) =>
          change(one, [{ kind: "CHANGE_KIND_SET_LANGUAGE", value }], t("done.language"), { etag: ticket.etag })
        }
      />
      <div class="ticket-fact">
        <span>{t("assignee")}</span>
        <button type="button" class="button" onClick={() => deeds.now?.assign()}>
          {nameOf(ticket.assigneeId) || t("nobody")}
        </button>
      </div>
      <div class="ticket-fact">
        <span>{t("tags")}</span>
        <span class="chips">
          {ticket.tagIds.map((tagId) => {
            const word = tags.value.find(({ id }) => id === tagId)?.word ?? "";
            return (
              <button
                key={tagId}
                type="button"
                class="tag"
                aria-label={t("tags.remove", { word })}
                onClick={() => change(one, [{ kind: "CHANGE_KIND_REMOVE_TAG", value: tagId }], t("done.tag"))}
              >
                {word} <Icon name="close" size={12} />
              </button>
            );
          })}
          <button type="button" class="button plain" onClick={() => deeds.now?.tag()}>
            {t("tags.add")}
          </button>
        </span>
      </div>
      {ticket.fieldValues.map(({ fieldId, value }) => (
        <div key={fieldId} class="ticket-fact">
          <span>{fields.value.find(({ id }) => id === fieldId)?.label}</span>
          <span dir="auto">{value}</span>
        </div>
      ))}
      {ticket.clocks.length > 0 && (
        <section>
          <h3>{t("clocks")}</h3>
          <ul class="ticket-clocks">
            {ticket.clocks.map((clock) => (
              <li key={clock.metric} class={clock.isBreached ? "late" : ""}>
                <span>{named(`metric.${clock.metric}`)}</span>
                <span>
                  {clock.isBreached
                    ? t("clock.missed")
                    : clock.stopTime > 0
                      ? t("clock.met")
                      : clock.isPaused
                        ? t("clock.paused")
                        : relative(clock.dueTime)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="faint">
        {t("held", { entries: found.entries.length, files: found.files.length })}{" "}
        {ticket.purgeTime > 0
          ? t("purges", { time: relative(ticket.purgeTime, Date.now(), "long") })
          : kept("purges.open")}
      </p>
      <details>
        <summary>{t("history")}</summary>
        <ol class="ticket-history">
          {found.events.map((event) => (
            <li key={event.id}>
              <span>{sentence(event)}</span> <Time at={event.time} />
              {event.staffId !== "" && <span class="faint"> {nameOf(event.staffId)}</span>}
            </li>
          ))}
        </ol>
      </details>
    </aside>
  );
}

function sentence({ kind, fromValue, toValue }: GetTicketResponse["events"][number]): string {
  if (kind === "STATE_CHANGED") {
    const word = (value: string) => named(`state.STATE_${value}`, value);
    return t("event.STATE_CHANGED", { from: word(fromValue), to: word(toValue) });
  }
  const known = named(`event.${kind}`);
  if (known !== "") return known;
  const words = kind.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
