/** The spaces: made, changed, put into their order, and of groups, who belongs to them. */
import { useSignal } from "@preact/signals";
import {
  CreateSpaceResponseSchema,
  InviteMemberResponseSchema,
  type Joining,
  ListMembershipsResponseSchema,
  ListSpacesResponseSchema,
  type Membership,
  type Space,
  UpdateSpaceResponseSchema,
} from "../../shared/gen/community.ts";
import { Icon } from "../../shared/icons.tsx";
import { act, get, newRequestId, post, useLoaded } from "../privacy/data.ts";
import { Ask, Check, Field, Part, Select, Tag } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { explain, Heading, Reading } from "./parts.tsx";
import { named, t } from "./words.ts";

const VISIBILITIES = ["VISIBILITY_EVERYBODY", "VISIBILITY_MEMBERS", "VISIBILITY_GROUP"] as const;
const JOININGS = ["JOINING_REQUEST", "JOINING_INVITATION"] as const;
type Readers = (typeof VISIBILITIES)[number];

/** Returns who reads a space. */
function readersOf(space: Space | undefined): Readers {
  return VISIBILITIES.find((one) => one === space?.exposure?.visibility) ?? "VISIBILITY_EVERYBODY";
}

/** Between two neighbours there is room for others. */
const GAP = 10;

/** The page of the spaces. */
export function Spaces() {
  const read = useLoaded("spaces", async () => {
    const found: Space[] = [];
    let pageToken = "";
    do {
      const page = await get(ListSpacesResponseSchema, "/v1/community/spaces", { pageSize: 200, pageToken });
      found.push(...page.spaces);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return found;
  });
  const changing = useSignal<Space | "new" | undefined>(undefined);
  const inside = useSignal<Space | undefined>(undefined);
  const busy = useSignal(false);
  const spaces = read.value;
  const move = async (list: readonly Space[], from: number, to: number) => {
    if (busy.value) return;
    busy.value = true;
    const name = list[from]?.displayName ?? "";
    try {
      const placed = await arrange(list, from, to);
      read.put(placed);
      // What was saved has other etags by now, so that the way back begins with it.
      say(t("spaces.moved", { name, place: to + 1 }), () => void move(placed, to, from));
    } catch (error) {
      warn(explain(error));
      await read.load();
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <Heading title={t("spaces")} lead={t("spaces.lead")}>
        <button type="button" class="button" onClick={() => (changing.value = "new")}>
          <Icon name="plus" size={18} />
          {t("spaces.add")}
        </button>
      </Heading>
      <div class="page">
        {!spaces && <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />}
        {spaces?.length === 0 && (
          <div class="list-state middle">
            <h2>{t("spaces.none")}</h2>
            <p>{t("spaces.none.text")}</p>
          </div>
        )}
        {spaces && spaces.length > 0 && (
          <ol class="spaces" aria-label={t("spaces")}>
            {spaces.map((space, at) => (
              <li key={space.id}>
                <div class="space-order">
                  <button
                    type="button"
                    class="button plain icon"
                    aria-label={t("spaces.up", { name: space.displayName })}
                    aria-disabled={at === 0 || busy.value}
                    onClick={() => at > 0 && move(spaces, at, at - 1)}
                  >
                    <span aria-hidden="true">↑</span>
                  </button>
                  <button
                    type="button"
                    class="button plain icon"
                    aria-label={t("spaces.down", { name: space.displayName })}
                    aria-disabled={at === spaces.length - 1 || busy.value}
                    onClick={() => at < spaces.length - 1 && move(spaces, at, at + 1)}
                  >
                    <span aria-hidden="true">↓</span>
                  </button>
                </div>
                <div class="space-told">
                  <h3 dir="auto">{space.displayName}</h3>
                  <p class="soft" dir="auto">
                    {space.description}
                  </p>
                  <p>
                    {space.category && <Tag tone="quiet">{space.category}</Tag>}{" "}
                    <Tag tone="quiet">{named(`short.${space.exposure?.visibility}`)}</Tag>{" "}
                    {space.isArchived && <Tag tone="careful">{t("spaces.archived")}</Tag>}
                  </p>
                </div>
                <div class="space-deeds">
                  {space.exposure?.visibility === "VISIBILITY_GROUP" && (
                    <button type="button" class="button" onClick={() => (inside.value = space)}>
                      {t("members")}
                    </button>
                  )}
                  <button type="button" class="button" onClick={() => (changing.value = space)}>
                    {t("spaces.change")}
                    <span class="unseen"> {space.displayName}</span>
                  </button>
                </div>
              </li>
            ))}
          </ol>
        )}
      </div>
      {changing.value && (
        <Change
          of={changing.value === "new" ? undefined : changing.value}
          position={Math.max(0, ...(spaces ?? []).map(({ position }) => position)) + GAP}
          done={read.load}
          close={() => (changing.value = undefined)}
        />
      )}
      {inside.value && <Members of={inside.value} close={() => (inside.value = undefined)} />}
    </>
  );
}

/** Puts a space elsewhere: those whose place changes are saved, each under what was read of it. */
async function arrange(spaces: readonly Space[], from: number, to: number): Promise<Space[]> {
  const moved = spaces.toSpliced(from, 1).toSpliced(to, 0, spaces[from] as Space);
  const placed: Space[] = [];
  for (const [at, space] of moved.entries()) {
    const position = (at + 1) * GAP;
    placed.push(space.position === position ? space : await save({ ...space, position }));
  }
  return placed;
}

/** Saves a space as it is to be. */
async function save(space: Space): Promise<Space> {
  const body = {
    displayName: space.displayName,
    description: space.description,
    category: space.category,
    exposure: space.exposure,
    joining: space.joining,
    position: space.position,
    isArchived: space.isArchived,
    etag: space.etag,
  };
  const path = `/v1/community/spaces/${encodeURIComponent(space.id)}`;
  return (await api.call(UpdateSpaceResponseSchema, "PATCH", path, body)).space as Space;
}

function Change(props: { of: Space | undefined; position: number; done: () => Promise<void>; close: () => void }) {
  const { of } = props;
  const name = useSignal(of?.displayName ?? "");
  const slug = useSignal(of?.slug ?? "");
  const about = useSignal(of?.description ?? "");
  const category = useSignal(of?.category ?? "");
  const visibility = useSignal<Readers>(readersOf(of));
  const indexed = useSignal(of?.exposure?.isIndexed ?? true);
  const feed = useSignal(of?.exposure?.hasFeed ?? true);
  const exported = useSignal(of?.exposure?.isExported ?? true);
  const joining = useSignal<Joining>(of?.joining === "JOINING_INVITATION" ? "JOINING_INVITATION" : "JOINING_REQUEST");
  const archived = useSignal(of?.isArchived ?? false);
  const requestId = useSignal(newRequestId());
  const isOpen = visibility.value === "VISIBILITY_EVERYBODY";
  const good = /^[a-z0-9][a-z0-9-]{0,62}$/.test(slug.value);
  const deed = async () => {
    const told = {
      displayName: name.value.trim(),
      description: about.value.trim(),
      category: category.value.trim(),
      exposure: {
        visibility: visibility.value,
        isIndexed: isOpen && indexed.value,
        hasFeed: isOpen && feed.value,
        isExported: exported.value,
      },
      joining: visibility.value === "VISIBILITY_GROUP" ? joining.value : ("JOINING_UNSPECIFIED" as const),
    };
    if (of) await save({ ...of, ...told, isArchived: archived.value });
    else
      await post(CreateSpaceResponseSchema, "/v1/community/spaces", {
        ...told,
        slug: slug.value,
        position: props.position,
        requestId: requestId.value,
      });
    say(t(of ? "spaces.changed" : "spaces.made"));
    await props.done();
  };
  return (
    <Ask
      title={of ? t("spaces.change.title", { name: of.displayName }) : t("spaces.add")}
      text={t(of ? "spaces.change.text" : "spaces.add.text")}
      yes={t(of ? "save" : "spaces.add")}
      explain={explain}
      close={props.close}
      ready={name.value.trim() !== "" && good}
      deed={deed}
    >
      <Field
        label={t("spaces.name")}
        value={name.value}
        maxLength={80}
        required
        input={(text) => {
          if (!of && slug.value === slugOf(name.value)) slug.value = slugOf(text);
          name.value = text;
        }}
      />
      {!of && (
        <Field
          label={t("spaces.slug")}
          hint={t("spaces.slug.hint")}
          value={slug.value}
          maxLength={63}
          required
          input={(text) => (slug.value = text.toLowerCase())}
        />
      )}
      <Field
        label={t("spaces.about")}
        value={about.value}
        input={(text) => (about.value = text)}
        lines={2}
        maxLength={500}
      />
      <Field
        label={t("spaces.category")}
        hint={t("spaces.category.hint")}
        value={category.value}
        input={(text) => (category.value = text)}
        maxLength={60}
      />
      <Select
        label={t("spaces.readers")}
        {...(of ? { hint: t("spaces.narrower") } : {})}
        value={visibility.value}
        all={VISIBILITIES.map((one) => [one, named(`reads.${one}`)] as const)}
        choose={(one: Readers) => (visibility.value = one)}
      />
      {visibility.value === "VISIBILITY_GROUP" && (
        <Select
          label={t("spaces.joining")}
          value={joining.value as (typeof JOININGS)[number]}
          all={JOININGS.map((one) => [one, named(`joins.${one}`)] as const)}
          choose={(one: (typeof JOININGS)[number]) => (joining.value = one)}
        />
      )}
      {isOpen && (
        <>
          <Check label={t("spaces.indexed")} checked={indexed.value} set={(on) => (indexed.value = on)} />
          <Check label={t("spaces.feed")} checked={feed.value} set={(on) => (feed.value = on)} />
        </>
      )}
      <Check label={t("spaces.exported")} checked={exported.value} set={(on) => (exported.value = on)} />
      {of && (
        <Check
          label={t("spaces.archive")}
          hint={t("spaces.archive.hint")}
          checked={archived.value}
          set={(on) => (archived.value = on)}
        />
      )}
    </Ask>
  );
}

/** Returns what a name looks like in an address. */
export function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
}

function Members({ of, close }: { of: Space; close: () => void }) {
  const path = `/v1/community/spaces/${encodeURIComponent(of.id)}`;
  const read = useLoaded(
    of.id,
    async () => (await get(ListMembershipsResponseSchema, `${path}/memberships`, { pageSize: 200 })).memberships,
  );
  const handle = useSignal("");
  const letIn = async ({ member }: Membership) => {
    const deed = () => post(InviteMemberResponseSchema, `${path}:invite`, { handle: member?.handle ?? "" });
    if (await act(deed, t("members.in"))) await read.load();
  };
  const remove = async ({ member }: Membership) => {
    try {
      await api.json("POST", `${path}:remove`, { memberId: member?.memberId ?? "" });
      say(t("members.out"));
      await read.load();
    } catch (error) {
      warn(explain(error));
    }
  };
  const states = ["MEMBERSHIP_STATE_ASKED", "MEMBERSHIP_STATE_INVITED", "MEMBERSHIP_STATE_JOINED"] as const;
  return (
    <Ask
      title={t("members.of", { name: of.displayName })}
      text={t("members.text")}
      yes={t("members.invite")}
      no={t("members.close")}
      explain={explain}
      close={close}
      ready={/^[a-z0-9][a-z0-9_-]{2,29}$/.test(handle.value)}
      deed={async () => {
        await post(InviteMemberResponseSchema, `${path}:invite`, { handle: handle.value });
        say(t("members.invited"));
      }}
    >
      {!read.value && <Reading state={read.state as "loading" | "failed" | "gone"} load={read.load} />}
      {read.value?.length === 0 && <p class="soft">{t("members.none")}</p>}
      {states.map((state) => {
        const these = (read.value ?? []).filter((one) => one.state === state);
        return (
          these.length > 0 && (
            <Part key={state} title={named(`members.${state}`)}>
              <ul class="told">
                {these.map((one) => (
                  <li key={one.member?.memberId} class="member">
                    <span>@{one.member?.handle}</span>
                    {state === "MEMBERSHIP_STATE_ASKED" && (
                      <button type="button" class="button" onClick={() => letIn(one)}>
                        {t("members.let")}
                        <span class="unseen"> @{one.member?.handle}</span>
                      </button>
                    )}
                    <button type="button" class="button" onClick={() => remove(one)}>
                      {t(state === "MEMBERSHIP_STATE_ASKED" ? "members.refuse" : "members.remove")}
                      <span class="unseen"> @{one.member?.handle}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </Part>
          )
        );
      })}
      <Field
        label={t("members.handle")}
        value={handle.value}
        input={(text) => (handle.value = text.trim().toLowerCase().replace(/^@/, ""))}
        maxLength={30}
      />
    </Ask>
  );
}
