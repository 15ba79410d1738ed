/** The desk of the platform's reviewers: what no community may bury, and what somebody appealed against. */

import { useSignal } from "@preact/signals";
import { Confirm } from "../../shared/dialog.tsx";
import {
  DecideReviewResponseSchema,
  GetReviewResponseSchema,
  ListReviewsResponseSchema,
  type Review,
} from "../../shared/gen/community.ts";
import { Browse } from "../pages.tsx";
import { act, get, post, useLoaded, usePaged } from "../privacy/data.ts";
import { Tag, When } from "../privacy/parts.tsx";
import { go, href } from "../route.ts";
import { say } from "../toasts.tsx";
import { aboutOf, Deciding, type Said, StateTag, Whole, writer } from "./cases.tsx";
import { Detail, Heading, Reading } from "./parts.tsx";
import { openId } from "./places.ts";
import { named, t } from "./words.ts";

/** The page of what waits for a reviewer. */
export function Reviews() {
  const list = usePaged("reviews", async (pageToken) => {
    const page = await get(ListReviewsResponseSchema, "/v1/community/reviews", { pageSize: 50, pageToken });
    return { items: page.reviews, next: page.nextPageToken };
  });
  const id = openId.value;
  return (
    <>
      <Heading title={t("reviews")} lead={t("reviews.lead")} />
      <Browse
        list={list}
        label={t("reviews")}
        open={id}
        to={(id) => href("community", "reviews", id)}
        row={(each) => (
          <>
            <span class="row-top">
              <strong dir="auto">{each.community || t("reviews.gone")}</strong>
              <Tag tone={each.reason === "REVIEW_REASON_APPEAL" ? "quiet" : "careful"}>
                {named(`why.${each.reason}`)}
              </Tag>
            </span>
            <span class="row-bottom">
              <span class="when">
                <When at={each.createTime} />
              </span>
            </span>
          </>
        )}
        empty={{ title: t("empty.title"), text: t("reviews.empty") }}
        pick={{ title: t("pick.title"), text: t("reviews.pick") }}
      >
        {id !== "" && <Open key={id} id={id} changed={list.load} />}
      </Browse>
    </>
  );
}

function Open({ id, changed }: { id: string; changed: () => Promise<void> }) {
  const deciding = useSignal(false);
  const leaving = useSignal(false);
  const path = `/v1/community/reviews/${encodeURIComponent(id)}`;
  const read = useLoaded(id, async () => (await get(GetReviewResponseSchema, path)).review as Review);
  const review = read.value;
  const whole = review?.case;
  if (!review || !whole) return <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />;
  const onAppeal = whole.appeals.some(({ isDecided }) => !isDecided);
  const over = async () => {
    await changed();
    go("community", "reviews");
  };
  const decide = async (said: Said) => {
    await post(DecideReviewResponseSchema, `${path}:decide`, said);
    say(t("done"));
    await over();
  };
  const leave = async () => {
    if (await act(() => post(DecideReviewResponseSchema, `${path}:decide`), t("left"))) await over();
  };
  return (
    <Detail
      place="reviews"
      title={review.community || t("reviews.gone")}
      tags={<StateTag of={whole} />}
      actions={
        <>
          {whole.state !== "MODERATION_STATE_OPEN" && !onAppeal && (
            <button type="button" class="button" onClick={() => (leaving.value = true)}>
              {t("leave")}
            </button>
          )}
          <button type="button" class="button main" onClick={() => (deciding.value = true)}>
            {t(onAppeal ? "settle" : whole.decisions.length > 0 ? "overrule" : "decide")}
          </button>
        </>
      }
    >
      <p>
        {named(`why.long.${review.reason}`)} {writer(whole)}.
      </p>
      <Whole of={whole} />
      {deciding.value && (
        <Deciding
          onAppeal={onAppeal}
          about={aboutOf(whole)}
          rules={async () => review.clauses}
          close={() => (deciding.value = false)}
          decide={decide}
        />
      )}
      {leaving.value && (
        <Confirm
          title={t("leave")}
          text={t("leave.text")}
          yes={t("leave")}
          close={() => (leaving.value = false)}
          confirm={leave}
        />
      )}
    </Detail>
  );
}
