/** Who is kept out, why and until when. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Confirm } from "../../shared/dialog.tsx";
import { type Block, ListBlocksResponseSchema } from "../../shared/gen/desk.ts";
import { translate } from "../../shared/text.ts";
import { exact, Time } from "../../shared/time.tsx";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t as eager } from "../words/en.ts";
import type { Standing } from "./data.ts";
import { Page } from "./page.tsx";
import { t } from "./words.ts";

export function Blocks() {
  const found = useSignal<readonly Block[]>([]);
  const next = useSignal("");
  const standing = useSignal<Standing>("idle");
  const lifting = useSignal<Block | undefined>(undefined);
  const load = async (token = "") => {
    standing.value = "loading";
    try {
      const query = token === "" ? "" : `?pageToken=${encodeURIComponent(token)}`;
      const page = await api.call(ListBlocksResponseSchema, "GET", `/v1/blocks${query}`);
      found.value = token === "" ? page.blocks : [...found.value, ...page.blocks];
      next.value = page.nextPageToken;
      standing.value = "ready";
    } catch {
      standing.value = "failed";
    }
  };
  useEffect(() => {
    load();
  }, []);
  const lift = async (block: Block) => {
    try {
      await api.json("POST", `/v1/blocks/${encodeURIComponent(block.id)}:lift`, {});
      say(t("blocks.lifted"));
      await load();
    } catch {
      warn(t("blocks.not.lifted"));
    }
  };
  const asked = lifting.value;
  return (
    <>
      <Page
        title={eager("desk.blocks")}
        lead={t("blocks.lead")}
        standing={standing.value}
        count={found.value.length}
        empty={{ title: t("blocks.none"), text: t("blocks.none.text") }}
        again={() => load()}
      >
        <ul class="column-rows" aria-label={eager("desk.blocks")}>
          {found.value.map((block) => (
            <li key={block.id}>
              <dl class="block-facts">
                <div>
                  <dt>{t("blocks.why")}</dt>
                  <dd>{translate(`block.${block.reason}`)}</dd>
                </div>
                <div>
                  <dt>{t("blocks.by")}</dt>
                  <dd dir="auto">{block.staffName}</dd>
                </div>
                <div>
                  <dt>{t("blocks.since")}</dt>
                  <dd>
                    <Time at={block.createTime} />
                  </dd>
                </div>
                <div>
                  <dt>{t("blocks.until")}</dt>
                  <dd>{exact(block.endTime)}</dd>
                </div>
              </dl>
              <button type="button" class="button" aria-haspopup="dialog" onClick={() => (lifting.value = block)}>
                {t("blocks.lift")}
              </button>
            </li>
          ))}
        </ul>
        {next.value !== "" && (
          <button type="button" class="button plain more" onClick={() => load(next.value)}>
            {t("blocks.more")}
          </button>
        )}
      </Page>
      {asked && (
        <Confirm
          title={t("blocks.lift.title")}
          text={t("blocks.lift.text")}
          yes={t("blocks.lift")}
          close={() => {
            lifting.value = undefined;
          }}
          confirm={() => lift(asked)}
        />
      )}
    </>
  );
}
