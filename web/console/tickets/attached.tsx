/** The files of the open ticket: those that came, and those that go with what is being written. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Attachment, Attachments } from "../../shared/chat/attachments.ts";
import { FileEntry, Uploads } from "../../shared/chat/files.tsx";
import type { GetTicketResponse } from "../../shared/gen/support.ts";
import { Icon } from "../../shared/icons.tsx";
import { useAgain } from "../privacy/data.ts";
import { api, myId } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { t } from "./words.ts";

const AGAIN_MS = 1_500;
const NONE = new Attachments(api, "");

/** Returns the files of the ticket that is open, and reads them anew when the ticket says so. */
export function useFiles(found: GetTicketResponse | undefined): Attachments {
  const id = found?.ticket?.id ?? "";
  const files = useMemo(() => (id === "" ? NONE : new Attachments(api, "", `/v1/tickets/${id}/files`)), [id]);
  const told = found?.files.map((file) => `${file.id} ${file.entryId} ${file.state}`).join() ?? "";
  useEffect(() => {
    if (id !== "") files.refresh();
  }, [files, told]);
  const waits = [...files.known.value.values()].some(({ state }) => state === "STATE_PENDING");
  useAgain(waits, files.refresh.bind(files), AGAIN_MS);
  return files;
}

/** Returns the files of something that was written. */
export function filesOf(files: Attachments, entryId: string): readonly Attachment[] {
  return [...files.known.value.values()].filter((file) => file.entryId === entryId);
}

/** Returns the reader's own files that are not sent yet. */
export function stagedIn(files: Attachments): readonly Attachment[] {
  return filesOf(files, "").filter(({ staffId }) => staffId === myId());
}

/** The button that asks for files; nothing where none is taken. */
export function Attach({ files }: { files: Attachments }) {
  const input = useRef<HTMLInputElement>(null);
  if (files.room.value === 0) return null;
  return (
    <>
      <button
        type="button"
        class="button plain"
        aria-keyshortcuts="u"
        onClick={() => input.current?.click()}
        id="ticket-files"
      >
        <Icon name="clip" size={18} />
        {t("attach")}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("attach")}
        onChange={({ currentTarget }) => {
          files.send([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}

/** What goes with the next answer or note, and what is on its way. */
export function Staged({ files, ticketId }: { files: Attachments; ticketId: string }) {
  const staged = stagedIn(files);
  if (staged.length === 0 && files.uploads.value.length === 0) return null;
  const remove = async ({ id, filename }: Attachment) => {
    try {
      await api.json("DELETE", `/v1/tickets/${ticketId}/files/${id}`);
      say(t("attach.removed", { name: filename }));
    } catch {
      warn(t("not.done"));
    }
    await files.refresh();
  };
  return (
    <ul class="ticket-staged" aria-label={t("attach.staged")}>
      {staged.map((file) => (
        <li key={file.id}>
          <FileEntry files={files} id={file.id} />
          <button
            type="button"
            class="button plain icon"
            aria-label={t("attach.remove", { name: file.filename })}
            onClick={() => remove(file)}
          >
            <Icon name="close" size={16} />
          </button>
        </li>
      ))}
      <Uploads files={files} />
    </ul>
  );
}
