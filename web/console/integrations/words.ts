/** The words of the integrations. They are loaded with the section, and stand under a prefix of their own. */
import { addEnglish, translate, type Values } from "../../shared/text.ts";

const PREFIX = "integrations.";

const english = {
  "hooks.places": "Pages of the integrations",
  "hooks.more": "Show more",
  "hooks.failed": "This could not be loaded. Nothing was changed.",
  "hooks.again": "Try again",
  "hooks.loading": "Loading…",
  hooks: "Endpoints",
  "hooks.lead": "Systems of yours that are told what happens: ids and facts, never what anybody said.",
  "hooks.add": "Add an endpoint",
  "hooks.add.yes": "Add it",
  "hooks.add.text": "From then on it is told by a signed request each time. You can pause or remove it at any moment.",
  "hooks.none": "No endpoint yet",
  "hooks.none.text": "Add one, and a system of yours hears when a conversation begins or ends.",
  "hooks.none.officer": "An administrator of your organisation can add one.",
  "hooks.name": "Name",
  "hooks.url": "Address",
  "hooks.url.hint": "https:// and a public host.",
  "hooks.purpose": "Why it is told",
  "hooks.purpose.hint":
    "Ids of people go out for the service and for duties of law alone, each time on the person's record.",
  "hooks.events": "What it is told",
  "hooks.failing": "{count, plural, one {# attempt has failed} other {# attempts have failed}}, since",
  "hooks.took": "took something",
  "hooks.took.never": "took nothing yet",
  "hooks.test": "Test",
  "hooks.test.of": "Test {name}",
  "hooks.tested": "A test is on its way. What became of it stands under Deliveries.",
  "hooks.pause": "Pause",
  "hooks.pause.of": "Pause {name}",
  "hooks.paused": "{name} is paused. What happens meanwhile is not kept for it.",
  "hooks.use": "Use again",
  "hooks.use.of": "Use {name} again",
  "hooks.used": "{name} is in use. Dead letters can be delivered again.",
  "hooks.rotate": "New secret",
  "hooks.rotate.of": "New secret for {name}",
  "hooks.rotate.title": "Make a new secret for {name}?",
  "hooks.rotate.text": "For 24 hours each request is signed with both secrets, so that nothing is missed meanwhile.",
  "hooks.remove": "Remove",
  "hooks.remove.of": "Remove {name}",
  "hooks.remove.title": "Remove {name}?",
  "hooks.remove.text":
    "It is told nothing more, and the list of its deliveries goes. People whom it was told about cannot be called back from it later.",
  "hooks.secret.title": "The endpoint's secret",
  "hooks.secret": "Copy it now: it is shown this once. Your system checks with it that a request is ours.",
  "hooks.secret.done": "I have copied it",
  "hooks.copy": "Copy",
  "state.STATE_UNSPECIFIED": "Unknown",
  "state.STATE_ACTIVE": "In use",
  "state.STATE_PAUSED": "Paused",
  "state.STATE_DISABLED": "Out of use: it did not answer",
  "purpose.PURPOSE_ESSENTIAL_SERVICE": "To serve the person",
  "purpose.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS": "To keep things running, without names",
  "purpose.PURPOSE_FUNCTIONAL_SERVICE_IMPROVE": "To improve the service, without names",
  "purpose.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION": "A duty of law",
  sent: "Deliveries",
  "sent.lead": "What became of each event. What was in it is not kept; entries go after 7 days, dead letters after 30.",
  "sent.show": "Show",
  "sent.STATE_UNSPECIFIED": "All",
  "sent.STATE_DEAD": "Dead letters",
  "sent.STATE_WAITING": "Waiting",
  "sent.STATE_DELIVERED": "Delivered",
  "sent.none": "Nothing here",
  "sent.none.text": "What is sent to your endpoints stands here, and what they did not take.",
  "sent.unknown": "An endpoint",
  "sent.attempts": "{count, plural, =0 {not tried yet} one {one attempt} other {# attempts}}",
  "sent.status": "It answered {status}.",
  "sent.replay": "Deliver again",
  "sent.replay.of": "Deliver again: {type}",
  "sent.replayed": "On its way again, with the same id.",
  "failure.refused": "It was not taken.",
  "failure.gone": "The endpoint says that it is gone.",
  "failure.timeout": "There was no answer in time.",
  "failure.unreachable": "The endpoint could not be reached.",
  "failure.tls_failed": "The connection could not be secured.",
  "failure.no_answer": "What came back was no answer.",
  "failure.address_refused": "The address is not public.",
  "failure.endpoint_off": "The endpoint was out of use.",
  "failure.secret_lost": "Its secret came from another deployment: make a new one.",
  "failure.sealed": "The person's data are sealed, so nothing was sent.",
  "failure.other": "It failed.",
  "not.done": "Not done. Nothing was changed.",
  "not.done.ETAG_MISMATCH": "Not done: somebody else has changed it meanwhile. Look at it again.",
  "not.done.WEBHOOK_NOT_ACTIVE": "Not sent: the endpoint is out of use. Take it into use first.",
} as const;

addEnglish(Object.fromEntries(Object.entries(english).map(([key, text]) => [PREFIX + key, text])));

/** Returns a message of the integrations. */
export function t(key: keyof typeof english, values?: Values): string {
  return translate(PREFIX + key, values);
}

/** Returns why an attempt failed. */
export function failureOf(name: string): string {
  return t(`failure.${name}` in english ? (`failure.${name}` as keyof typeof english) : "failure.other");
}

/** Returns why something was not done. */
export function failure(reason: string): string {
  return t(`not.done.${reason}` in english ? (`not.done.${reason}` as keyof typeof english) : "not.done");
}
