/** Files in a log: one that was sent, as a picture or to be kept, and those on their way. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { language } from "../text.ts";
import { t, tOr } from "../words.ts";
import { type Attachment, type Attachments, isPicture, type Upload } from "./attachments.ts";

const STEPS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** Writes a size as people do. */
export function sizeText(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), STEPS.length - 1);
  const unit = STEPS[step] as string;
  const shown = bytes / 1000 ** step;
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: step > 1 && shown < 10 ? 1 : 0,
  }).format(shown);
}

const RETRIED_ONCE = 1;

function Picture({ files, file }: { files: Attachments; file: Attachment }) {
  const url = useSignal("");
  const tries = useRef(0);
  const fetchUrl = () =>
    files.open(file.id).then(
      (found) => {
        url.value = found;
      },
      () => {},
    );
  useEffect(() => {
    fetchUrl();
  }, [file.id]);
  if (url.value === "") return <span class="picture waiting" />;
  return (
    <img
      class="picture"
      src={url.value}
      alt={t("file.picture", { name: file.filename })}
      width={file.width}
      height={file.height}
      // The address may have ended before the picture was looked at.
      onError={() => {
        if (tries.current++ < RETRIED_ONCE) fetchUrl();
      }}
    />
  );
}

/** A file that somebody sent. */
export function FileEntry({ files, id }: { files: Attachments; id: string }) {
  const file = files.known.value.get(id);
  const failed = useSignal(false);
  if (!file || file.state === "STATE_PENDING") {
    return (
      <div class="file" role="status">
        <span class="spinner" />
        <span>
          {file && <bdi>{file.filename}</bdi>} <small>{t("file.pending")}</small>
        </span>
      </div>
    );
  }
  if (file.state === "STATE_REFUSED") {
    return (
      <div class="file refused">
        <Icon name="warning" />
        <span>
          <bdi>{file.filename}</bdi> <small>{tOr(`file.refused.${file.reason}`, "file.refused")}</small>
        </span>
      </div>
    );
  }
  const keep = async () => {
    failed.value = false;
    try {
      const link = document.createElement("a");
      link.href = await files.open(file.id);
      // The content host says that it is to be kept, so the page stays where it is.
      link.rel = "noreferrer";
      link.target = "_blank";
      link.click();
    } catch {
      failed.value = true;
    }
  };
  return (
    <div class="file ready">
      {isPicture(file) && <Picture files={files} file={file} />}
      <button type="button" class="keep" aria-label={t("file.download", { name: file.filename })} onClick={keep}>
        <Icon name="save" size={18} />
        <span>
          <bdi>{file.filename}</bdi> <small>{sizeText(file.size)}</small>
        </span>
      </button>
      {failed.value && <p role="alert">{t("file.open.failed")}</p>}
    </div>
  );
}

function UploadEntry({ files, upload }: { files: Attachments; upload: Upload }) {
  const { key, file, state, reason, progress } = upload;
  const stuck = state !== "sending";
  return (
    <li class={`entry own pending ${stuck ? "refused" : "sending"}`}>
      <span class="unseen">{t("log.you")}: </span>
      <div class="bubble">
        <div class="file">
          <Icon name="clip" />
          <span>
            <bdi>{file.name}</bdi> <small>{sizeText(file.size)}</small>
          </span>
        </div>
      </div>
      <div class="state" role={stuck ? "alert" : undefined}>
        {!stuck && (
          <progress max={1} value={progress} aria-label={t("file.sending", { name: file.name })}>
            {Math.round(progress * 100)} %
          </progress>
        )}
        {stuck && tOr(`file.refused.${reason}`, state === "failed" ? "file.failed" : "file.refused")}
        <span class="choices">
          {state === "failed" && (
            <button type="button" class="link" onClick={() => files.retry(key)}>
              {t("log.retry")}
            </button>
          )}
          <button type="button" class="link" onClick={() => files.drop(key)}>
            {stuck ? t("log.discard") : t("dialog.cancel")}
          </button>
        </span>
      </div>
    </li>
  );
}

/** The files on their way, below what was said. */
export function Uploads({ files }: { files: Attachments }) {
  return (
    <>
      {files.uploads.value.map((upload) => (
        <UploadEntry key={upload.key} files={files} upload={upload} />
      ))}
    </>
  );
}
