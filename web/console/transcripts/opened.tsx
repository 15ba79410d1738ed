/** A transcript that is open: who it was with, what was said, and a copy of it to save. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Body } from "../../shared/chat/body.tsx";
import type { Conversation, Message, Purpose } from "../../shared/gen/frames.ts";
import { GetTranscriptResponseSchema } from "../../shared/gen/transcripts.ts";
import { Icon } from "../../shared/icons.tsx";
import { date, exact } from "../../shared/time.tsx";
import { get, useLoaded } from "../privacy/data.ts";
import { Facts } from "../privacy/parts.tsx";
import { go } from "../route.ts";
import { warn } from "../toasts.tsx";
import { createCopy, FORMATS, saveCopy } from "./copies.tsx";
import { form } from "./search.ts";
import { t, word } from "./words.ts";

const PAGE = 500;

async function read(id: string, purpose: Purpose): Promise<{ conversation: Conversation; messages: Message[] }> {
  const messages: Message[] = [];
  for (;;) {
    const page = await get(GetTranscriptResponseSchema, `/v1/transcripts/${encodeURIComponent(id)}`, {
      purpose,
      afterSequence: messages.at(-1)?.sequence ?? 0,
      pageSize: PAGE,
    });
    messages.push(...page.messages);
    if (page.messages.length < PAGE) return { conversation: page.conversation as Conversation, messages };
  }
}

/** A transcript. Whoever comes by its address says why first. */
export function Opened({ id }: { id: string }) {
  const purpose = form.purpose.value;
  const loaded = useLoaded(purpose === "" ? "" : `${id} ${purpose}`, () => read(id, purpose as Purpose));
  const heading = useRef<HTMLHeadingElement>(null);
  const transcript = loaded.value;
  useEffect(() => {
    // Reading goes on here, by keyboard and by screen reader.
    heading.current?.focus({ preventScroll: true });
  }, [transcript === undefined]);
  if (purpose === "") {
    return (
      <div class="list-state middle">
        <h2>{t("start.title")}</h2>
        <p>{t("purpose.needed")}</p>
      </div>
    );
  }
  if (!transcript && loaded.state === "loading") {
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("reading")}</span>
      </div>
    );
  }
  if (!transcript) {
    return (
      <div class="list-state middle" role="alert">
        <h2>{t(loaded.state === "gone" ? "gone.title" : "failed.title")}</h2>
        <p>{t(loaded.state === "gone" ? "gone.text" : "failed.text")}</p>
        <button type="button" class="button" onClick={loaded.load}>
          {t("again")}
        </button>
      </div>
    );
  }
  const { conversation, messages } = transcript;
  return (
    <article class="detail">
      <header>
        <button type="button" class="button plain icon back" aria-label={t("back")} onClick={() => go("transcripts")}>
          <Icon name="back" />
        </button>
        <h2 ref={heading} tabIndex={-1} dir="auto">
          {conversation.displayName || t("visitor")}
        </h2>
      </header>
      <div class="detail-body">
        <Facts
          facts={[
            [t("answered"), conversation.operatorName || t("nobody")],
            [t("ended"), exact(conversation.closeTime)],
            [t("rated"), conversation.rating > 0 ? t("rated.of", { number: conversation.rating }) : t("rated.none")],
            [t("expires"), date(conversation.expireTime)],
          ]}
        />
        <ol class="said" aria-label={t("said")}>
          {messages.map((message) => (
            <Entry key={message.sequence} message={message} conversation={conversation} />
          ))}
        </ol>
        <Copy id={id} purpose={purpose} />
      </div>
    </article>
  );
}

function Entry({ message, conversation }: { message: Message; conversation: Conversation }) {
  const time = <time dateTime={new Date(message.createTime).toISOString()}>{exact(message.createTime)}</time>;
  if (message.kind !== "KIND_TEXT") {
    const words = word("event", message.kind);
    return words === "" ? null : (
      <li class="happened">
        {words} {time}
      </li>
    );
  }
  const theirs = message.side === "SIDE_VISITOR";
  return (
    <li class={theirs ? "theirs" : "ours"}>
      <p class="by">
        <strong dir="auto">
          {theirs ? conversation.displayName || t("visitor") : conversation.operatorName || t("somebody")}
        </strong>{" "}
        {time}
      </p>
      <Body text={message.body || t("removed")} />
    </li>
  );
}

function Copy({ id, purpose }: { id: string; purpose: Purpose }) {
  const busy = useSignal(false);
  const save = async (format: (typeof FORMATS)[number]) => {
    if (busy.value) return;
    busy.value = true;
    try {
      const copy = await createCopy({ conversationId: id }, format, purpose);
      if (copy) await saveCopy(copy);
    } catch {
      warn(t("failed.text"));
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="part" aria-label={t("copy")}>
      <h3>{t("copy")}</h3>
      <p class="soft">{t("copy.text")}</p>
      <div class="pair">
        {FORMATS.map((format) => (
          <button key={format} type="button" class="button" aria-disabled={busy.value} onClick={() => save(format)}>
            {word("format", format)}
          </button>
        ))}
      </div>
    </section>
  );
}
