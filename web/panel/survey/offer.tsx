/** What is asked on the chat's last page. Whoever passes it by leaves nothing; both choices look equal. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type OfferExitSurveyResponse, OfferExitSurveyResponseSchema } from "../../shared/gen/survey.ts";
import { t } from "../../shared/survey/words.ts";
import { language } from "../../shared/text.ts";
import { api } from "../session.ts";
import { Rating } from "./rating.tsx";

/** What each chat was offered, in this page's memory alone: nobody is offered it once more for coming back to the end. */
const offered = new Map<string, OfferExitSurveyResponse>();

export function Offer({ conversationId, open }: { conversationId: string; open: (invitation: string) => void }) {
  const offer = useSignal(offered.get(conversationId));
  const put = (changed: OfferExitSurveyResponse) => {
    offered.set(conversationId, changed);
    offer.value = changed;
  };
  useEffect(() => {
    if (offer.value) return;
    const path = `/v1/conversations/${encodeURIComponent(conversationId)}:offerSurvey`;
    // What cannot be asked is no loss to whoever chatted.
    api.call(OfferExitSurveyResponseSchema, "POST", path, { language: language.value }).then(put, () => {});
  }, []);
  if (!offer.value) return null;
  const { invitation, title, questionCount, asksRating, rating } = offer.value;
  // Passed by or answered, an invitation is not shown again.
  const settle = () => offer.value && put({ ...offer.value, invitation: "" });
  return (
    <>
      {asksRating && (
        <Rating
          conversationId={conversationId}
          rating={rating}
          rated={(kept) => offer.value && put({ ...offer.value, rating: kept })}
        />
      )}
      {invitation !== "" && (
        <section class="card" aria-labelledby="offer-title">
          <h3 id="offer-title" dir="auto">
            {t("offer", { title })}
          </h3>
          <p>{t("offer.count", { count: questionCount })}</p>
          <div class="actions">
            <button
              type="button"
              class="button"
              onClick={() => {
                settle();
                open(invitation);
              }}
            >
              {t("offer.yes")}
            </button>
            <button type="button" class="button" onClick={settle}>
              {t("offer.no")}
            </button>
          </div>
        </section>
      )}
    </>
  );
}
