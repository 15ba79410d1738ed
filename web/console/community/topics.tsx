/** The topics of a space: pinned, locked, slowed and moved, and the posts of one taken to where they belong. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  ArrangeTopicResponseSchema,
  GetTopicResponseSchema,
  ListPostsResponseSchema,
  ListSpacesResponseSchema,
  ListTopicsResponseSchema,
  MovePostsResponseSchema,
  type Post,
  type Space,
  type Topic,
  type TopicKind,
} from "../../shared/gen/community.ts";
import { Browse } from "../pages.tsx";
import { get, newRequestId, post, useLoaded, usePaged } from "../privacy/data.ts";
import { Ask, Check, Facts, Field, Part, Select, Tag, When } from "../privacy/parts.tsx";
import { go, href } from "../route.ts";
import { has } from "../session.ts";
import { Bring } from "../tickets/bringing.tsx";
import { t as bring } from "../tickets/bringing.words.ts";
import { say } from "../toasts.tsx";
import { Detail, explain, Heading, Reading, textOf } from "./parts.tsx";
import { openId } from "./places.ts";
import { named, t } from "./words.ts";

const PAUSES = ["0", "30", "60", "300", "900", "3600", "21600", "86400"] as const;
const KINDS = ["TOPIC_KIND_DISCUSSION", "TOPIC_KIND_QUESTION"] as const satisfies readonly TopicKind[];
const POSTS = 50;
/** The space whose topics are listed; it stays while somebody looks at other pages. */
const chosen = signal("");

/** The page of the topics. */
export function Topics() {
  const spaces = useLoaded(
    "spaces",
    async () => (await get(ListSpacesResponseSchema, "/v1/community/spaces", { pageSize: 200 })).spaces,
  );
  const all = spaces.value ?? [];
  const space = all.some(({ id }) => id === chosen.value) ? chosen.value : (all[0]?.id ?? "");
  return (
    <>
      <Heading title={t("topics")} lead={t("topics.lead")} />
      {spaces.value ? (
        <Listed key={space} space={space} spaces={all} />
      ) : (
        <Reading state={spaces.state as "loading" | "failed" | "gone"} load={spaces.load} />
      )}
    </>
  );
}

function Listed({ space, spaces }: { space: string; spaces: readonly Space[] }) {
  const id = openId.value;
  const list = usePaged(`topics ${space}`, async (pageToken) => {
    if (space === "") return { items: [], next: "" };
    const page = await get(ListTopicsResponseSchema, "/v1/community/topics", {
      spaceId: space,
      pageSize: 50,
      pageToken,
    });
    return { items: page.topics, next: page.nextPageToken };
  });
  return (
    <Browse
      list={list}
      label={t("topics")}
      above={
        <div class="which">
          <Select
            label={t("topics.space")}
            value={space}
            all={spaces.map((one) => [one.id, one.displayName] as const)}
            choose={(one: string) => {
              chosen.value = one;
              go("community", "topics");
            }}
          />
        </div>
      }
      open={id}
      to={(id) => href("community", "topics", id)}
      row={(each) => <Row of={each} />}
      empty={{ title: t("topics.none"), text: t("topics.none.text") }}
      pick={{ title: t("topics.pick"), text: t("topics.pick.text") }}
    >
      {id !== "" && <Open key={id} id={id} spaces={spaces} changed={list.load} />}
    </Browse>
  );
}

function Row({ of }: { of: Topic }) {
  return (
    <>
      <span class="row-top">
        <strong dir="auto">{of.title || t("topics.unnamed")}</strong>
        <Marks of={of} />
      </span>
      <span class="row-bottom">
        <span>{of.postCount === 1 ? t("topics.posts.one") : t("topics.posts", { count: of.postCount })}</span>
        <span class="when">
          <When at={of.lastPostTime} />
        </span>
      </span>
    </>
  );
}

function Marks({ of }: { of: Topic }) {
  return (
    <>
      {of.isPinned && <Tag>{t("topics.pinned")}</Tag>}
      {of.isLocked && <Tag tone="careful">{t("topics.locked")}</Tag>}
      {of.slowSeconds > 0 && <Tag tone="quiet">{t("topics.slow")}</Tag>}
    </>
  );
}

function Open({ id, spaces, changed }: { id: string; spaces: readonly Space[]; changed: () => Promise<void> }) {
  const arranging = useSignal(false);
  const moving = useSignal(false);
  const bringing = useSignal(false);
  const picked = useSignal<readonly number[]>([]);
  const after = useSignal(0);
  const path = `/v1/community/topics/${encodeURIComponent(id)}`;
  const read = useLoaded(id, async () => (await get(GetTopicResponseSchema, path)).topic as Topic);
  const posts = useLoaded(`${id} ${after.value}`, () =>
    get(ListPostsResponseSchema, `${path}/posts`, { afterNumber: after.value, pageSize: POSTS }),
  );
  const topic = read.value;
  useEffect(() => {
    // Whoever comes by an address finds the topic in the list of its own space.
    if (topic && spaces.some((one) => one.id === topic.spaceId)) chosen.value = topic.spaceId;
  }, [topic?.id]);
  if (!topic) return <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />;
  const pick = (number: number, on: boolean) => {
    picked.value = on ? [...picked.value, number] : picked.value.filter((one) => one !== number);
  };
  const count = picked.value.length;
  return (
    <Detail
      place="topics"
      title={topic.title || t("topics.unnamed")}
      tags={<Marks of={topic} />}
      actions={
        <>
          <button type="button" class="button" onClick={() => (arranging.value = true)}>
            {t("arrange")}
          </button>
          <button type="button" class="button" aria-disabled={count === 0} onClick={() => (moving.value = count > 0)}>
            {count === 0 ? t("move.none") : count === 1 ? t("move.one") : t("move.some", { count })}
          </button>
          {has("CALLER_MODERATOR") && (
            <button type="button" class="button" aria-haspopup="dialog" onClick={() => (bringing.value = true)}>
              {bring("bring.topic")}
            </button>
          )}
        </>
      }
    >
      <Facts
        facts={[
          [t("topics.space"), spaces.find(({ id }) => id === topic.spaceId)?.displayName ?? topic.spaceSlug],
          [t("topics.begun"), <When key="at" at={topic.createTime} />],
          [t("arrange.slow"), named(`pause.${topic.slowSeconds}`) || t("pause.other", { seconds: topic.slowSeconds })],
        ]}
      />
      <Part title={t("move.pick")}>
        {!posts.value && <Reading state={posts.state as "loading" | "failed" | "gone"} load={posts.load} />}
        <ul class="told posts">
          {posts.value?.posts.map((each) => (
            <li key={each.id}>
              <Line of={each} picked={picked.value.includes(each.number)} pick={pick} />
            </li>
          ))}
        </ul>
        <div class="pair">
          {after.value > 0 && (
            <button type="button" class="button" onClick={() => (after.value = 0)}>
              {t("move.first")}
            </button>
          )}
          {(posts.value?.nextAfterNumber ?? 0) > 0 && (
            <button type="button" class="button" onClick={() => (after.value = posts.value?.nextAfterNumber ?? 0)}>
              {t("move.later")}
            </button>
          )}
        </div>
      </Part>
      {arranging.value && (
        <Arrange
          of={topic}
          spaces={spaces}
          close={() => (arranging.value = false)}
          done={async (now) => {
            read.put(now);
            await changed();
          }}
        />
      )}
      {bringing.value && <Bring from={{ topicId: topic.id }} close={() => (bringing.value = false)} />}
      {moving.value && (
        <Move
          of={topic}
          numbers={picked.value}
          spaces={spaces}
          close={() => (moving.value = false)}
          done={async (into) => {
            picked.value = [];
            await changed();
            go("community", "topics", into);
          }}
        />
      )}
    </Detail>
  );
}

function Line(props: { of: Post; picked: boolean; pick: (number: number, on: boolean) => void }) {
  const { of } = props;
  const by = of.author?.handle ? `@${of.author.handle}` : t("move.nobody");
  const text = textOf(of.html).slice(0, 240);
  if (of.number === 1) {
    return (
      <>
        <strong>{t("move.stays", { by })}</strong>
        <p dir="auto">{text}</p>
      </>
    );
  }
  return (
    <Check
      label={t("move.post", { number: of.number, by })}
      hint={text || named(`content.${of.state}`)}
      checked={props.picked}
      set={(on) => props.pick(of.number, on)}
    />
  );
}

function Arrange(props: {
  of: Topic;
  spaces: readonly Space[];
  close: () => void;
  done: (now: Topic) => Promise<void>;
}) {
  const { of } = props;
  const pinned = useSignal(of.isPinned);
  const locked = useSignal(of.isLocked);
  const pause = useSignal(String(of.slowSeconds));
  const space = useSignal(of.spaceId);
  const known = (PAUSES as readonly string[]).includes(pause.value) ? PAUSES : [pause.value, ...PAUSES];
  return (
    <Ask
      title={t("arrange.title")}
      text={t("arrange.text")}
      yes={t("save")}
      explain={explain}
      close={props.close}
      deed={async () => {
        const arranged = await post(ArrangeTopicResponseSchema, `/v1/community/topics/${of.id}:arrange`, {
          isPinned: pinned.value,
          isLocked: locked.value,
          slowSeconds: Number(pause.value),
          spaceId: space.value === of.spaceId ? "" : space.value,
        });
        say(t("arrange.done"));
        await props.done(arranged.topic as Topic);
      }}
    >
      <Check
        label={t("arrange.pin")}
        hint={t("arrange.pin.hint")}
        checked={pinned.value}
        set={(on) => (pinned.value = on)}
      />
      <Check
        label={t("arrange.lock")}
        hint={t("arrange.lock.hint")}
        checked={locked.value}
        set={(on) => (locked.value = on)}
      />
      <Select
        label={t("arrange.slow")}
        hint={t("arrange.slow.hint")}
        value={pause.value}
        all={known.map((one) => [one, named(`pause.${one}`) || t("pause.other", { seconds: Number(one) })] as const)}
        choose={(one: string) => (pause.value = one)}
      />
      <Select
        label={t("topics.space")}
        hint={t("arrange.space.hint")}
        value={space.value}
        all={props.spaces
          .filter((one) => !one.isArchived || one.id === of.spaceId)
          .map((one) => [one.id, one.displayName] as const)}
        choose={(one: string) => (space.value = one)}
      />
    </Ask>
  );
}

function Move(props: {
  of: Topic;
  numbers: readonly number[];
  spaces: readonly Space[];
  close: () => void;
  done: (into: string) => Promise<void>;
}) {
  const way = useSignal<"new" | "there">("new");
  const title = useSignal("");
  const kind = useSignal<(typeof KINDS)[number]>("TOPIC_KIND_DISCUSSION");
  const space = useSignal(props.of.spaceId);
  const address = useSignal("");
  const requestId = useSignal(newRequestId());
  const target = /top_[0-9a-v]{26}/.exec(address.value)?.[0] ?? "";
  const isNew = way.value === "new";
  return (
    <Ask
      title={props.numbers.length === 1 ? t("move.one") : t("move.some", { count: props.numbers.length })}
      text={t("move.text")}
      yes={t("move.yes")}
      explain={explain}
      close={props.close}
      ready={isNew ? title.value.trim().length > 2 : target !== ""}
      deed={async () => {
        const where = isNew
          ? { title: title.value.trim(), kind: kind.value, spaceId: space.value }
          : { toTopicId: target };
        const moved = await post(MovePostsResponseSchema, `/v1/community/topics/${props.of.id}:movePosts`, {
          numbers: [...props.numbers].sort((one, other) => one - other),
          requestId: requestId.value,
          ...where,
        });
        say(moved.moved === 1 ? t("move.done.one") : t("move.done", { count: moved.moved }));
        await props.done(moved.topic?.id ?? "");
      }}
    >
      <Select
        label={t("move.where")}
        value={way.value}
        all={[
          ["new", t("move.new")],
          ["there", t("move.there")],
        ]}
        choose={(one: "new" | "there") => (way.value = one)}
      />
      {isNew ? (
        <>
          <Field
            label={t("move.title")}
            value={title.value}
            input={(text) => (title.value = text)}
            maxLength={200}
            required
          />
          <Select
            label={t("move.kind")}
            value={kind.value}
            all={KINDS.map((one) => [one, named(`topic.${one}`)] as const)}
            choose={(one: (typeof KINDS)[number]) => (kind.value = one)}
          />
          <Select
            label={t("topics.space")}
            hint={t("arrange.space.hint")}
            value={space.value}
            all={props.spaces.filter(({ isArchived }) => !isArchived).map((one) => [one.id, one.displayName] as const)}
            choose={(one: string) => (space.value = one)}
          />
        </>
      ) : (
        <Field
          label={t("move.address")}
          hint={t("move.address.hint")}
          value={address.value}
          input={(text) => (address.value = text)}
          maxLength={400}
          required
        />
      )}
    </Ask>
  );
}
