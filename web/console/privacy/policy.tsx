/** The organisation's privacy policy, published by the platform in versions. */
import { History } from "./history.tsx";
import { policy } from "./texts.ts";

/** The page of the policy. */
export function PrivacyPolicy() {
  return <History source={policy} language="en" />;
}
