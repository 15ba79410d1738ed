/** The topics of a space, the latest first: a moderator makes a ticket of one, and goes to its page to read it. */
import { useSignal } from "@preact/signals";
import { ListSpacesResponseSchema, ListTopicsResponseSchema, type Topic } from "../../shared/gen/community.ts";
import { Time } from "../../shared/time.tsx";
import { get, useLoaded, usePaged } from "../privacy/data.ts";
import { Select } from "../privacy/parts.tsx";
import { Bring } from "../tickets/bringing.tsx";
import { t as bring } from "../tickets/bringing.words.ts";
import { Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

/** The page of the topics. */
export function Topics() {
  const spaces = useLoaded("topic spaces", async () => {
    return (await get(ListSpacesResponseSchema, "/v1/community/spaces", { pageSize: 200 })).spaces;
  });
  const chosen = useSignal("");
  const known = spaces.value;
  const spaceId = chosen.value || known?.[0]?.id || "";
  return (
    <>
      <Heading title={t("topics")} lead={t("topics.lead")} />
      <div class="page">
        {!known && <Reading state={spaces.state as "loading" | "failed" | "gone"} load={spaces.load} />}
        {known?.length === 0 && (
          <div class="list-state middle">
            <h2>{t("spaces.none")}</h2>
            <p>{t("spaces.none.text")}</p>
          </div>
        )}
        {known && spaceId !== "" && (
          <>
            <Select
              label={t("topics.space")}
              value={spaceId}
              all={known.map(({ id, displayName }) => [id, displayName] as const)}
              choose={(id) => (chosen.value = id)}
            />
            <TopicsOf key={spaceId} spaceId={spaceId} />
          </>
        )}
      </div>
    </>
  );
}

function TopicsOf({ spaceId }: { spaceId: string }) {
  const list = usePaged(`topics ${spaceId}`, async (pageToken) => {
    const page = await get(ListTopicsResponseSchema, "/v1/community/topics", { spaceId, pageSize: 50, pageToken });
    return { items: page.topics, next: page.nextPageToken };
  });
  const bringing = useSignal<Topic | undefined>(undefined);
  const state = list.state.value;
  const topics = list.items.value;
  if (topics.length === 0 && state !== "ready") {
    return <Reading state={state === "failed" ? "failed" : "loading"} load={() => list.load()} />;
  }
  return (
    <>
      {topics.length === 0 && <p class="soft">{t("topics.none")}</p>}
      <ul class="spaces" aria-label={t("topics")}>
        {topics.map((topic) => {
          const title = topic.title || t("topics.hidden");
          return (
            <li key={topic.id}>
              <div class="space-told">
                <h3 dir="auto">{title}</h3>
                <p class="soft">
                  {t("topics.posts", { count: topic.postCount })} · <Time at={topic.lastPostTime} />
                </p>
              </div>
              <div class="space-deeds">
                <button
                  type="button"
                  class="button"
                  aria-haspopup="dialog"
                  aria-label={bring("bring.topic.of", { title })}
                  onClick={() => (bringing.value = topic)}
                >
                  {bring("bring.topic")}
                </button>
              </div>
            </li>
          );
        })}
      </ul>
      {list.next.value !== "" && (
        <button type="button" class="button" onClick={() => list.loadMore()}>
          {t("topics.more")}
        </button>
      )}
      {bringing.value && <Bring from={{ topicId: bringing.value.id }} close={() => (bringing.value = undefined)} />}
    </>
  );
}
