/** The inbox: its lists at the side, the conversation in front. */
import type { Conversation } from "../../shared/gen/frames.ts";
import { Icon } from "../../shared/icons.tsx";
import { duration, now, Time } from "../../shared/time.tsx";
import { tagOf, tags } from "../desk/data.ts";
import { List } from "../list.tsx";
import { href } from "../route.ts";
import { has, myId } from "../session.ts";
import { t } from "../words/en.ts";
import { ConversationPane } from "./conversation.tsx";
import { hasNews, type View } from "./lists.ts";
import { claimNext, lists, load, loadMore, openId, siteNames, view } from "./store.ts";
import { turn } from "./watching.tsx";

/** Returns the lists that the signed-in person has. */
export function views(): readonly View[] {
  return has("CALLER_SUPERVISOR") ? ["queue", "left", "mine", "all", "closed"] : ["queue", "left", "mine", "closed"];
}

function Row({ conversation, which }: { conversation: Conversation; which: View }) {
  const { state, createTime, queuePosition, closeTime, operatorName, offeredToId, queueTime, isLeftMessage } =
    conversation;
  const news = which !== "all" && hasNews(conversation);
  return (
    <>
      <span class="row-top">
        <strong class={conversation.displayName ? "" : "anonymous"} dir="auto">
          {conversation.displayName || t("inbox.anonymous")}
        </strong>
        {news && (
          <span class="dot">
            <span class="unseen">{t("inbox.unread")}</span>
          </span>
        )}
        <span class="when">
          {state === "STATE_QUEUED" ? (
            duration(now.value - (queueTime || createTime))
          ) : (
            <Time at={closeTime || createTime} />
          )}
        </span>
      </span>
      <span class="row-bottom">
        <span>{siteNames.value.get(conversation.siteId) ?? ""}</span>
        <span class="faint" dir="ltr">
          {conversation.pagePath}
        </span>
        {isLeftMessage && which !== "left" && <span class="tag quiet">{t("inbox.left.tag")}</span>}
        {state === "STATE_QUEUED" && queuePosition > 0 && (
          <span class="tag">
            {queuePosition === 1 ? t("inbox.next") : t("inbox.position", { position: queuePosition })}
          </span>
        )}
        {conversation.tagIds.map((tagId) => {
          const tag = tagOf(tagId);
          return (
            tag && (
              <span key={tagId} class="tag quiet" dir="auto">
                {tag.word}
              </span>
            )
          );
        })}
        {state === "STATE_QUEUED" && conversation.expectedWaitSeconds > 0 && (
          <span class="faint">{t("inbox.expected", { time: duration(conversation.expectedWaitSeconds * 1000) })}</span>
        )}
        {offeredToId === myId() && <span class="tag">{t("inbox.offered")}</span>}
        {which === "all" && state === "STATE_OPEN" && (
          <span class="tag">{t("inbox.with", { name: operatorName })}</span>
        )}
        {which === "all" && state === "STATE_CLOSED" && <span class="tag quiet">{t("inbox.ended")}</span>}
      </span>
    </>
  );
}

export function Inbox() {
  const which = view.value;
  const mine = lists.value;
  const page = mine.pages[which].value;
  const id = openId.value;
  return (
    <div class={`inbox ${id ? "opened" : ""}`}>
      <h1 class="unseen">{t("inbox.title")}</h1>
      <section class="side" aria-label={t("inbox.title")}>
        <nav class="views" aria-label={t("inbox.views")}>
          {views().map((one) => {
            const count = one === "queue" || one === "left" || one === "mine" ? mine.items[one].value.length : 0;
            return (
              <a
                key={one}
                href={href("inbox", one)}
                aria-current={one === which ? "page" : undefined}
                aria-label={count > 0 ? t("inbox.count", { view: t(`inbox.${one}`), count }) : undefined}
              >
                {t(`inbox.${one}`)}
                {count > 0 && <span class="count">{count}</span>}
              </a>
            );
          })}
        </nav>
        {tags.value.length > 0 && (
          <div class="narrow">
            <select
              aria-label={t("inbox.tag")}
              value={mine.tag.value}
              onChange={({ currentTarget }) => mine.narrow(currentTarget.value)}
            >
              <option value="">{t("inbox.tag.all")}</option>
              {tags.value.map(({ id, word }) => (
                <option key={id} value={id}>
                  {word}
                </option>
              ))}
            </select>
          </div>
        )}
        <div class="rows">
          <List
            label={t(`inbox.${which}`)}
            items={mine.items[which].value}
            state={page.state}
            more={page.next !== ""}
            key={which}
            itemKey={(one) => one.id}
            href={(one) => href("inbox", which, one.id)}
            current={id}
            row={(one) => <Row conversation={one} which={which} />}
            empty={{ title: t(`inbox.empty.${which}.title`), text: t(`inbox.empty.${which}.text`) }}
            load={() => load(which)}
            loadMore={() => loadMore(which)}
          />
        </div>
        {which === "queue" && mine.items.queue.value.length > 0 && (
          <div class="side-foot">
            <button type="button" class="button main" onClick={claimNext}>
              <Icon name="inbox" size={18} />
              {t("inbox.claim.next")}
            </button>
          </div>
        )}
      </section>
      <section class="main">
        {id ? (
          <ConversationPane key={`${id} ${turn.value}`} id={id} />
        ) : (
          <div class="list-state middle">
            <h2>{t("inbox.pick.title")}</h2>
            <p>{t("inbox.pick.text")}</p>
          </div>
        )}
      </section>
    </div>
  );
}
