/**
 * The one question that a chat asks itself when it is over. The answer belongs to the chat, and the question says so;
 * one press keeps it, another one changes it, and it can be taken back.
 */
import { useSignal } from "@preact/signals";
import { reasonOf } from "../../shared/api.ts";
import { RateConversationResponseSchema } from "../../shared/gen/survey.ts";
import { t } from "../../shared/survey/words.ts";
import { api } from "../session.ts";
import "./rating.css";

const NUMBERS = [1, 2, 3, 4, 5];

export function Rating(props: { conversationId: string; rating: number; rated: (rating: number) => void }) {
  const said = useSignal("");
  const busy = useSignal(false);
  const rate = async (rating: number) => {
    if (busy.value) return;
    busy.value = true;
    try {
      const path = `/v1/conversations/${encodeURIComponent(props.conversationId)}:rate`;
      const answer = await api.call(RateConversationResponseSchema, "POST", path, { rating });
      props.rated(answer.rating);
      said.value = t(answer.rating > 0 ? "rating.kept" : "rating.gone");
    } catch (error) {
      said.value = t(reasonOf(error) === "RATING_SETTLED" ? "rating.settled" : "rating.failed");
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="card rating" aria-labelledby="rating-title">
      <h3 id="rating-title">{t("rating")}</h3>
      <div role="group" aria-labelledby="rating-title" aria-describedby="rating-about">
        <div class="ratings">
          {NUMBERS.map((number) => (
            <button
              key={number}
              type="button"
              class="button"
              aria-pressed={props.rating === number}
              aria-label={t("rating.of", { number })}
              onClick={() => rate(number)}
            >
              {number}
            </button>
          ))}
        </div>
        <div class="ends hint" aria-hidden="true">
          <span>{t("rating.low")}</span>
          <span>{t("rating.high")}</span>
        </div>
      </div>
      <p class="hint" id="rating-about">
        {t("rating.about")}
      </p>
      <p role="status">{said.value}</p>
      {props.rating > 0 && (
        <div class="actions">
          <button type="button" class="button" onClick={() => rate(0)}>
            {t("rating.back")}
          </button>
        </div>
      )}
    </section>
  );
}
