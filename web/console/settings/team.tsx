/** The team: who is on it, who is invited, what each may do, and in which teams they serve. */
import { useSignal } from "@preact/signals";
import type { Caller, Staff } from "../../shared/gen/frames.ts";
import type { Team as TeamOf } from "../../shared/gen/routing.ts";
import {
  CreateTeamResponseSchema,
  InviteStaffResponseSchema,
  RepeatInvitationResponseSchema,
  ResetSecondFactorResponseSchema,
  UpdateStaffResponseSchema,
} from "../../shared/gen/settings.ts";
import { Icon } from "../../shared/icons.tsx";
import { newRequestId, post, useLoaded } from "../privacy/data.ts";
import { Ask, Field, Part, Tag } from "../privacy/parts.tsx";
import { api, myId } from "../session.ts";
import { say } from "../toasts.tsx";
import { act, readPeople, readTeams, trouble } from "./data.ts";
import { Heading, MailLanguage, ownLanguage, Reading, Several } from "./parts.tsx";
import { proved } from "./prove.tsx";
import { t, word } from "./words.ts";

const ROLES: readonly Caller[] = [
  "CALLER_OPERATOR",
  "CALLER_SUPERVISOR",
  "CALLER_SUPPORT_AGENT",
  "CALLER_MODERATOR",
  "CALLER_PRIVACY_OFFICER",
  "CALLER_ADMIN",
];
const ofRoles = (roles: readonly Caller[]) =>
  [...new Set([...ROLES, ...roles])].map((role) => [role, word("role", role), word("role.text", role)] as const);

async function update(person: Staff, fields: Partial<Staff>): Promise<void> {
  const path = `/v1/staff/${encodeURIComponent(person.id)}?updateMask=${Object.keys(fields).join(",")}`;
  await api.call(UpdateStaffResponseSchema, "PATCH", path, { ...fields, etag: person.etag });
}

/** The page of the team. */
export function Team() {
  const read = useLoaded("team", async () => ({ people: await readPeople(), teams: await readTeams() }));
  const inviting = useSignal(false);
  const adding = useSignal(false);
  const changing = useSignal<Staff | undefined>(undefined);
  const suspending = useSignal<Staff | undefined>(undefined);
  const resetting = useSignal<Staff | undefined>(undefined);
  const known = read.value;
  const restore = (person: Staff) =>
    act(
      async () => {
        await update(person, { state: "STATE_ACTIVE" });
        await read.load();
      },
      t("team.restored", { name: person.displayName }),
    );
  return (
    <>
      <Heading title={t("team")} lead={t("team.lead")}>
        <button type="button" class="button" onClick={() => (inviting.value = true)}>
          <Icon name="plus" size={18} />
          {t("team.invite")}
        </button>
      </Heading>
      <div class="page">
        {!known ? (
          <Reading state={read.state} load={read.load} />
        ) : (
          <>
            <Part title={t("team.people")}>
              <ul class="cards">
                {known.people.map((person) => (
                  <li key={person.id} class="card">
                    <div>
                      <h4 dir="auto">
                        {person.displayName}
                        {person.id === myId() && <span class="soft"> · {t("team.you")}</span>}
                      </h4>
                      <p class="soft">{person.email}</p>
                      <p class="soft">
                        {[
                          ...person.roles.map((role) => word("role", role)),
                          ...known.teams.filter(({ id }) => person.teamIds.includes(id)).map((one) => one.displayName),
                        ].join(" · ")}
                      </p>
                    </div>
                    {person.state !== "STATE_ACTIVE" && (
                      <Tag tone={person.state === "STATE_INVITED" ? "careful" : "quiet"}>
                        {word("state", person.state)}
                      </Tag>
                    )}
                    <div class="inline-actions">
                      <button
                        type="button"
                        class="button"
                        aria-label={t("change.of", { what: person.displayName })}
                        onClick={() => (changing.value = person)}
                      >
                        {t("change")}
                      </button>
                      {person.state === "STATE_INVITED" && (
                        <button
                          type="button"
                          class="button"
                          onClick={() =>
                            act(
                              () => post(RepeatInvitationResponseSchema, `/v1/invitations/${person.id}:repeat`),
                              t("team.repeated"),
                            )
                          }
                        >
                          {t("team.repeat")}
                        </button>
                      )}
                      {person.state === "STATE_ACTIVE" && person.id !== myId() && (
                        <button
                          type="button"
                          class="button"
                          aria-label={t("factor.reset.title", { name: person.displayName })}
                          onClick={() => (resetting.value = person)}
                        >
                          {t("factor.reset")}
                        </button>
                      )}
                      {person.state === "STATE_SUSPENDED" ? (
                        <button type="button" class="button" onClick={() => restore(person)}>
                          {t("team.restore")}
                        </button>
                      ) : (
                        person.id !== myId() && (
                          <button type="button" class="button" onClick={() => (suspending.value = person)}>
                            {t("team.suspend")}
                          </button>
                        )
                      )}
                    </div>
                  </li>
                ))}
              </ul>
            </Part>
            <Part title={t("team.teams")}>
              {known.teams.length === 0 ? (
                <p class="soft">{t("team.none")}</p>
              ) : (
                <ul class="cards">
                  {known.teams.map(({ id, displayName }) => (
                    <li key={id} class="card">
                      <h4 dir="auto">{displayName}</h4>
                      <span class="soft">
                        {t("team.count", { count: known.people.filter(({ teamIds }) => teamIds.includes(id)).length })}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
              <button type="button" class="button" onClick={() => (adding.value = true)}>
                {t("team.add")}
              </button>
            </Part>
          </>
        )}
      </div>
      {inviting.value && <Invite teams={known?.teams ?? []} done={read.load} close={() => (inviting.value = false)} />}
      {adding.value && <AddTeam done={read.load} close={() => (adding.value = false)} />}
      {changing.value && (
        <Change
          person={changing.value}
          teams={known?.teams ?? []}
          done={read.load}
          close={() => (changing.value = undefined)}
        />
      )}
      {resetting.value && (
        <Ask
          title={t("factor.reset.title", { name: resetting.value.displayName })}
          text={t("factor.reset.text")}
          yes={t("factor.reset")}
          explain={trouble}
          close={() => (resetting.value = undefined)}
          deed={async () => {
            const path = `/v1/staff/${resetting.value?.id}:resetSecondFactor`;
            resetting.value = undefined;
            if (await proved(() => post(ResetSecondFactorResponseSchema, path))) say(t("factor.reset.done"));
          }}
        />
      )}
      {suspending.value && (
        <Ask
          title={t("team.suspend.title", { name: suspending.value.displayName })}
          text={t("team.suspend.text")}
          yes={t("team.suspend")}
          explain={trouble}
          close={() => (suspending.value = undefined)}
          deed={async () => {
            const person = suspending.value as Staff;
            await update(person, { state: "STATE_SUSPENDED" });
            await read.load();
            say(t("team.suspended", { name: person.displayName }));
          }}
        />
      )}
    </>
  );
}

interface Dialogue {
  done: () => Promise<void>;
  close: () => void;
}

function Invite({ teams, done, close }: Dialogue & { teams: readonly TeamOf[] }) {
  const email = useSignal("");
  const name = useSignal("");
  const roles = useSignal<readonly Caller[]>(["CALLER_OPERATOR"]);
  const teamIds = useSignal<readonly string[]>([]);
  const language = useSignal(ownLanguage());
  const requestId = useSignal(newRequestId());
  return (
    <Ask
      title={t("team.invite")}
      text={t("team.invite.text")}
      yes={t("team.invite.yes")}
      explain={trouble}
      close={close}
      ready={email.value.includes("@") && name.value.trim() !== "" && roles.value.length > 0}
      deed={async () => {
        await post(InviteStaffResponseSchema, "/v1/invitations", {
          email: email.value.trim(),
          displayName: name.value.trim(),
          roles: roles.value,
          teamIds: teamIds.value,
          language: language.value,
          requestId: requestId.value,
        });
        await done();
        say(t("team.invited", { name: name.value.trim() }));
      }}
    >
      <Field label={t("team.email")} type="email" value={email.value} input={(text) => (email.value = text)} required />
      <Field label={t("team.name")} value={name.value} input={(text) => (name.value = text)} maxLength={200} required />
      <MailLanguage value={language.value} choose={(one) => (language.value = one)} />
      <Several
        legend={t("team.roles")}
        all={ofRoles([])}
        chosen={roles.value}
        choose={(chosen) => (roles.value = chosen)}
      />
      {teams.length > 0 && (
        <Several
          legend={t("team.teams")}
          all={teams.map(({ id, displayName }) => [id, displayName] as const)}
          chosen={teamIds.value}
          choose={(chosen) => (teamIds.value = chosen)}
        />
      )}
    </Ask>
  );
}

function Change({ person, teams, done, close }: Dialogue & { person: Staff; teams: readonly TeamOf[] }) {
  const name = useSignal(person.displayName);
  const roles = useSignal<readonly Caller[]>(person.roles);
  const teamIds = useSignal<readonly string[]>(person.teamIds);
  return (
    <Ask
      title={t("change.of", { what: person.displayName })}
      text={person.email}
      yes={t("save")}
      explain={trouble}
      close={close}
      ready={name.value.trim() !== "" && roles.value.length > 0}
      deed={async () => {
        const fields = { displayName: name.value.trim(), roles: [...roles.value], teamIds: [...teamIds.value] };
        await update(person, fields);
        await done();
        say(t("saved"));
      }}
    >
      <Field label={t("team.name")} value={name.value} input={(text) => (name.value = text)} maxLength={200} required />
      <Several
        legend={t("team.roles")}
        all={ofRoles(person.roles)}
        chosen={roles.value}
        choose={(chosen) => (roles.value = chosen)}
      />
      {teams.length > 0 && (
        <Several
          legend={t("team.teams")}
          all={teams.map(({ id, displayName }) => [id, displayName] as const)}
          chosen={teamIds.value}
          choose={(chosen) => (teamIds.value = chosen)}
        />
      )}
    </Ask>
  );
}

function AddTeam({ done, close }: Dialogue) {
  const name = useSignal("");
  const requestId = useSignal(newRequestId());
  return (
    <Ask
      title={t("team.add")}
      text={t("team.none")}
      yes={t("team.add")}
      explain={trouble}
      close={close}
      ready={name.value.trim() !== ""}
      deed={async () => {
        await post(CreateTeamResponseSchema, "/v1/teams", {
          displayName: name.value.trim(),
          requestId: requestId.value,
        });
        await done();
        say(t("team.added"));
      }}
    >
      <Field
        label={t("team.add.name")}
        value={name.value}
        input={(text) => (name.value = text)}
        maxLength={200}
        required
      />
    </Ask>
  );
}
