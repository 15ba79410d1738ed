/** The offer of a survey on the chat's last page. Whoever passes it by leaves nothing; both choices look equal. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type OfferExitSurveyResponse, OfferExitSurveyResponseSchema } from "../../shared/gen/survey.ts";
import { t } from "../../shared/survey/words.ts";
import { language } from "../../shared/text.ts";
import { api } from "../session.ts";

/** What was passed by or answered, in this page's memory alone. */
const settled = new Set<string>();

export function Offer({ conversationId, open }: { conversationId: string; open: (invitation: string) => void }) {
  const offer = useSignal<OfferExitSurveyResponse | undefined>(undefined);
  useEffect(() => {
    if (settled.has(conversationId)) return;
    const path = `/v1/conversations/${encodeURIComponent(conversationId)}:offerSurvey`;
    api.call(OfferExitSurveyResponseSchema, "POST", path, { language: language.value }).then(
      (answer) => (offer.value = answer),
      // A survey that cannot be offered is no loss to whoever chatted.
      () => {},
    );
  }, []);
  if (!offer.value?.invitation) return null;
  const { invitation, title, questionCount } = offer.value;
  const settle = () => {
    settled.add(conversationId);
    offer.value = undefined;
  };
  return (
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
  );
}
