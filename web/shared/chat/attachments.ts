/**
 * What one client knows of the files in one conversation, and the files that it is sending.
 *
 * It owns the list (asked for again whenever the conversation says that something became of a file), uploads with their
 * progress, and the way to a file's bytes: an address that is good for two minutes, so it is asked for when it is needed
 * and kept nowhere.
 */
import { signal } from "@preact/signals";
import { type Api, ApiError, reasonOf } from "../api.ts";
import type { Message } from "../gen/frames.ts";
import { sendFile } from "../upload.ts";

/** A file in the conversation. */
export interface Attachment {
  id: string;
  filename: string;
  /** What it is, by its bytes; empty until it was examined. */
  mediaType: string;
  size: number;
  state: "STATE_PENDING" | "STATE_READY" | "STATE_REFUSED";
  reason: string;
  width: number;
  height: number;
  /** In a ticket: what it belongs to, which is empty until it is sent, and who of the staff brought it. */
  entryId: string;
  staffId: string;
}

/** A file on its way in. */
export interface Upload {
  /** The same for every try, so that a retry is no second file. */
  key: string;
  file: File;
  /** From 0 to 1. */
  progress: number;
  state: "sending" | "failed" | "refused";
  reason: string;
}

type Told = (Partial<Attachment> & { id: string; size?: string | number })[];
interface Listed {
  attachments?: Told;
  files?: Told;
  mostBytes?: string | number;
}

const PICTURES = /^image\/(jpeg|png|gif|webp)$/;

/** Says whether a file can be shown as a picture. */
export const isPicture = ({ state, mediaType }: Attachment): boolean =>
  state === "STATE_READY" && PICTURES.test(mediaType);

/** The files of one conversation, or of whatever a path leads to. */
export class Attachments {
  readonly known = signal<ReadonlyMap<string, Attachment>>(new Map());
  readonly uploads = signal<readonly Upload[]>([]);
  /** How many bytes another file may have; undefined until it is known, 0 where none is taken. */
  readonly room = signal<number | undefined>(undefined);
  private readonly api: Api;
  private readonly path: string;
  private readonly running = new Map<string, XMLHttpRequest>();
  private asked = 0;
  private asking: Promise<void> | undefined;

  constructor(api: Api, conversationId: string, path = "") {
    this.api = api;
    this.path = path || `/v1/conversations/${encodeURIComponent(conversationId)}/attachments`;
  }

  /** Looks whether the conversation says something new of files, and asks what. */
  note(messages: readonly Message[]): void {
    const last = messages.findLast(
      ({ kind, id }) => id !== "" && (kind === "KIND_ATTACHMENT" || kind === "KIND_ATTACHMENT_EXAMINED"),
    );
    if (!last || last.sequence <= this.asked) return;
    this.asked = last.sequence;
    this.refresh();
  }

  /** Asks for the list. */
  async refresh(): Promise<void> {
    // Whoever asks while an answer is under way gets one that was asked for later.
    const before = this.asking;
    const asking = (async () => {
      await before;
      const listed = (await this.api.json("GET", this.path)) as Listed;
      this.room.value = Number(listed.mostBytes ?? 0);
      this.known.value = new Map(
        (listed.attachments ?? listed.files ?? []).map((one) => [
          one.id,
          {
            id: one.id,
            filename: one.filename ?? "",
            mediaType: one.mediaType ?? "",
            size: Number(one.size ?? 0),
            state: one.state ?? "STATE_PENDING",
            reason: one.reason ?? "",
            width: one.width ?? 0,
            height: one.height ?? 0,
            entryId: one.entryId ?? "",
            staffId: one.staffId ?? "",
          },
        ]),
      );
    })().catch(() => {
      // The next news, or the next look, asks again.
      this.asked = 0;
    });
    this.asking = asking;
    await asking;
  }

  /** Sends files, one after the other. */
  async send(files: readonly File[]): Promise<void> {
    const fresh = files.map(
      (file): Upload => ({ key: crypto.randomUUID(), file, progress: 0, state: "sending", reason: "" }),
    );
    this.uploads.value = [...this.uploads.peek(), ...fresh];
    for (const { key } of fresh) await this.start(key);
  }

  /** Sends a file again that failed. */
  async retry(key: string): Promise<void> {
    this.change(key, { state: "sending", progress: 0, reason: "" });
    await this.start(key);
  }

  /** Gives a file up. */
  drop(key: string): void {
    this.uploads.value = this.uploads.peek().filter((one) => one.key !== key);
    this.running.get(key)?.abort();
  }

  /** Returns the address of a file's bytes, good for two minutes. */
  async open(id: string): Promise<string> {
    const { url } = (await this.api.json("GET", `${this.path}/${encodeURIComponent(id)}:open`)) as { url: string };
    return url;
  }

  private async start(key: string): Promise<void> {
    const upload = this.uploads.peek().find((one) => one.key === key);
    if (!upload) return;
    try {
      if (this.room.peek() === undefined) await this.refresh();
      const room = this.room.peek() ?? Number.POSITIVE_INFINITY;
      if (upload.file.size > room) throw new ApiError(400, room > 0 ? "FILE_TOO_LARGE" : "FILES_LIMITED");
      if (upload.file.size === 0) throw new ApiError(400, "FILE_EMPTY");
      const { accessToken } = await this.api.token();
      await this.carry(upload, accessToken);
      this.uploads.value = this.uploads.peek().filter((one) => one.key !== key);
      await this.refresh();
    } catch (error) {
      const passing = !(error instanceof ApiError) || error.passing || error.status === 408 || error.status === 429;
      this.change(key, { state: passing ? "failed" : "refused", reason: reasonOf(error) });
    } finally {
      this.running.delete(key);
    }
  }

  private async carry({ key, file }: Upload, accessToken: string): Promise<void> {
    const progress = (part: number) => this.change(key, { progress: part });
    const [asked, answer] = sendFile({ path: this.path, file, accessToken, key, progress });
    this.running.set(key, asked);
    await answer;
  }

  private change(key: string, change: Partial<Upload>): void {
    this.uploads.value = this.uploads.peek().map((one) => (one.key === key ? { ...one, ...change } : one));
  }
}
