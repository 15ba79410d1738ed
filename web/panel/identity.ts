/**
 * Who the page's own back end says that the visitor is, where the page says it.
 *
 * It owns asking the page, at the moment at which a chat starts and not before, and having identity judge the answer.
 * Whatever is wrong with it, the chat starts all the same, with nobody named.
 */
import { type Api, fetchJson } from "../shared/api.ts";
import { askIdentity } from "./host.ts";

/** Returns a token for the next conversation that names the visitor; empty where the page names nobody. */
export async function named(api: Api): Promise<string> {
  const identityToken = await askIdentity();
  if (identityToken === "") return "";
  try {
    const { accessToken } = await api.token();
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await fetchJson("POST", "/v1/visitor-identity", { identityToken }, headers);
    return (answer as { accessToken: string }).accessToken;
  } catch {
    return "";
  }
}
