/** Sends a file to the gateway, and says meanwhile how far it is: only this old way of asking tells that. */
import { ApiError } from "./api.ts";

/** What is sent, and who hears of it. */
export interface Sending {
  path: string;
  file: File;
  accessToken: string;
  /** Makes a retry safe: the same key takes the file once. */
  key: string;
  /** Hears which part of it has left, from 0 to 1. */
  progress: (part: number) => void;
}

/** Returns a request that is on its way, and the text of its answer; what is refused rejects with an ApiError. */
export function sendFile({ path, file, accessToken, key, progress }: Sending): [XMLHttpRequest, Promise<string>] {
  const asked = new XMLHttpRequest();
  const answer = new Promise<string>((resolve, reject) => {
    asked.open("POST", path);
    asked.setRequestHeader("authorization", `Bearer ${accessToken}`);
    asked.setRequestHeader("content-type", file.type || "application/octet-stream");
    asked.setRequestHeader(
      "content-disposition",
      `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replaceAll("'", "%27")}`,
    );
    asked.setRequestHeader("idempotency-key", key);
    asked.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    asked.onerror = () => reject(new ApiError(0, "UNREACHABLE"));
    asked.onabort = () => reject(new ApiError(0, "GIVEN_UP"));
    asked.onload = () => {
      if (asked.status === 200) return resolve(asked.responseText);
      let said: { reason?: string; fields?: { field: string; rule: string }[] } = {};
      try {
        said = JSON.parse(asked.responseText);
      } catch {
        // The status says enough.
      }
      reject(new ApiError(asked.status, said.reason ?? `HTTP_${asked.status}`, 0, said.fields ?? []));
    };
    asked.send(file);
  });
  return [asked, answer];
}
