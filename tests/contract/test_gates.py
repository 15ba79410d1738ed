"""Every rule of the contract turns the build red when it is broken: each case breaks one and reads the complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from protos import compile as compiler
from protos import rules

SOUND = """
syntax = "proto3";
package parley.sample.v1;
import "buf/validate/validate.proto";
import "google/api/annotations.proto";
import "google/api/http.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "parley/options/v1/access.proto";
import "parley/options/v1/privacy.proto";
service SampleService {
  rpc GetSample(GetSampleRequest) returns (GetSampleResponse) {
    option (google.api.http) = {get: "/v1/samples/{sample_id}"};
    option (parley.options.v1.access) = {
      callers: [CALLER_OPERATOR, CALLER_SERVICE_ACCOUNT]
      purpose: PURPOSE_ESSENTIAL_SERVICE
      scope: "sample.read"
    };
  }
}
message ClientFrame {
  oneof frame {
    Sample sample = 1 [(parley.options.v1.frame_access) = {
      callers: CALLER_VISITOR
      purpose: PURPOSE_ESSENTIAL_SERVICE
    }];
  }
}
message GetSampleRequest {
  string sample_id = 1 [(parley.options.v1.data) = DATA_ID];
}
message GetSampleResponse {
  Sample sample = 1;
}
message Sample {
  enum Mood {
    MOOD_UNSPECIFIED = 0;
  }
  message Inner {
    int32 depth = 1 [(parley.options.v1.data) = DATA_COUNT];
  }
  string said = 1 [(parley.options.v1.data) = DATA_MESSAGE];
  int64 amount = 2 [(parley.options.v1.data) = DATA_COUNT];
  Mood mood = 3 [(parley.options.v1.data) = DATA_STATE];
  bytes blob = 4 [(parley.options.v1.privacy) = {category: "system" not_personal: "Noise that a test made."}];
  map<string, int32> inners = 5 [(parley.options.v1.data) = DATA_COUNT];
  google.protobuf.Timestamp time = 6 [(parley.options.v1.data) = DATA_TIME];
  google.protobuf.FieldMask mask = 7 [(parley.options.v1.data) = DATA_CALL];
  google.protobuf.Struct form = 8 [(parley.options.v1.data) = DATA_MESSAGE];
  repeated Inner inner = 9;
  double weight = 10 [(parley.options.v1.privacy) = {
    category: "user.demographic"
    purposes: PURPOSE_ESSENTIAL_SERVICE
    retention: RETENTION_TRANSCRIPT
    erasure: ERASURE_NULLIFY
    audiences: AUDIENCE_SUBJECT
    clauses: "C05"
  }];
}
"""

#: What is replaced, by what, and the words of the complaint that follows.
BREACHES = {
    "an RPC without access": (
        SOUND[SOUND.index("    option (parley.options.v1.access)") : SOUND.index("  }\n}\nmessage ClientFrame")],
        "",
        "SampleService.GetSample: has no access option",
    ),
    "an RPC without callers": (
        "callers: [CALLER_OPERATOR, CALLER_SERVICE_ACCOUNT]",
        "",
        "SampleService.GetSample: names no caller",
    ),
    "an RPC for a caller that is none": (
        "[CALLER_OPERATOR, CALLER_SERVICE_ACCOUNT]",
        "[CALLER_UNSPECIFIED, CALLER_SERVICE_ACCOUNT]",
        "SampleService.GetSample: names no caller",
    ),
    "an RPC without a purpose": (
        "purpose: PURPOSE_ESSENTIAL_SERVICE\n      scope",
        "scope",
        "SampleService.GetSample: has no purpose",
    ),
    "a service account without a scope": ('scope: "sample.read"', "", "has a service account without a scope"),
    "a request that is not the RPC's own": (
        "GetSample(GetSampleRequest)",
        "GetSample(Sample)",
        "SampleService.GetSample: uses parley.sample.v1.Sample",
    ),
    "a response that two RPCs share": (
        "service SampleService {",
        """service SampleService {
  rpc ReadSample(GetSampleRequest) returns (GetSampleResponse) {
    option (parley.options.v1.access) = {callers: CALLER_OPERATOR purpose: PURPOSE_ESSENTIAL_SERVICE};
  }""",
        "SampleService.ReadSample: uses parley.sample.v1.GetSampleResponse",
    ),
    "a route outside the API": ("/v1/samples/", "/samples/", "has the route /samples/{sample_id}"),
    "a route with a variable that the request lacks": ("{sample_id}", "{other_id}", "takes other_id from the path"),
    "a frame without access": (
        SOUND[SOUND.index(" [(parley.options.v1.frame_access)") : SOUND.index(";\n  }\n}\nmessage GetSampleRequest")],
        "",
        "ClientFrame.sample: has no access option",
    ),
    "a text without an option": (
        "string said = 1 [(parley.options.v1.data) = DATA_MESSAGE]",
        "string said = 1",
        "Sample.said: has no privacy option",
    ),
    "a number without an option": (
        "int64 amount = 2 [(parley.options.v1.data) = DATA_COUNT]",
        "int64 amount = 2",
        "Sample.amount: has no privacy option",
    ),
    "an enum without an option": (
        "Mood mood = 3 [(parley.options.v1.data) = DATA_STATE]",
        "Mood mood = 3",
        "Sample.mood: has no privacy option",
    ),
    "a map without an option": (
        "inners = 5 [(parley.options.v1.data) = DATA_COUNT]",
        "inners = 5",
        "Sample.inners: has no privacy option",
    ),
    "a time without an option": (
        "Timestamp time = 6 [(parley.options.v1.data) = DATA_TIME]",
        "Timestamp time = 6",
        "Sample.time: has no privacy option",
    ),
    "a mask without an option": (
        "FieldMask mask = 7 [(parley.options.v1.data) = DATA_CALL]",
        "FieldMask mask = 7",
        "Sample.mask: has no privacy option",
    ),
    "a nested field without an option": (
        "int32 depth = 1 [(parley.options.v1.data) = DATA_COUNT]",
        "int32 depth = 1",
        "Sample.Inner.depth: has no privacy option",
    ),
    "a field with no preset": ("= DATA_MESSAGE];\n  int64", "= DATA_UNSPECIFIED];\n  int64", "has no privacy option"),
    "a field with two rules": (
        "[(parley.options.v1.data) = DATA_COUNT];\n  Mood",
        '[(parley.options.v1.data) = DATA_COUNT, (parley.options.v1.privacy) = {category: "system"}];\n  Mood',
        "Sample.amount: has both `data` and `privacy`",
    ),
    "an option where it would have no effect": (
        "repeated Inner inner = 9;",
        "repeated Inner inner = 9 [(parley.options.v1.data) = DATA_COUNT];",
        "Sample.inner: is a message of our own",
    ),
    "a personal field without a purpose": (
        "    purposes: PURPOSE_ESSENTIAL_SERVICE\n",
        "",
        "Sample.weight: is personal and has no purpose",
    ),
    "a personal field without retention": (
        "    retention: RETENTION_TRANSCRIPT\n",
        "",
        "Sample.weight: is personal and has no retention",
    ),
    "a personal field without erasure": (
        "    erasure: ERASURE_NULLIFY\n",
        "",
        "Sample.weight: is personal and has no erasure",
    ),
    "a personal field without an audience": (
        "    audiences: AUDIENCE_SUBJECT\n",
        "",
        "Sample.weight: is personal and has no audience",
    ),
    "a personal field that says it is none": (
        '    clauses: "C05"\n',
        '    not_personal: "Only a test says this."\n',
        "Sample.weight: is personal and says why it is not",
    ),
    "a clause that does not exist": ('"C05"', '"C39"', "Sample.weight: serves C39"),
    "a category of nobody's": ('"user.demographic"', '"demographic"', "has the category `demographic`"),
    "bytes that nobody explains": (
        ' not_personal: "Noise that a test made."',
        "",
        "Sample.blob: is not personal, and nothing says why",
    ),
    "a free form that nobody explains": (
        "form = 8 [(parley.options.v1.data) = DATA_MESSAGE]",
        'form = 8 [(parley.options.v1.privacy) = {category: "system"}]',
        "Sample.form: is not personal, and nothing says why",
    ),
    "a map of messages": ("map<string, int32>", "map<string, Inner>", "Sample.inners: is a map of messages"),
    "a message of somebody else's": (
        "google.protobuf.Timestamp time",
        "google.api.HttpRule time",
        "Sample.time: brings google.api.HttpRule",
    ),
    "an e-mail address marked as not personal": (
        "string said = 1 [(parley.options.v1.data) = DATA_MESSAGE]",
        "string contact_email = 1 [(parley.options.v1.data) = DATA_PUBLIC]",
        "Sample.contact_email: is called as personal data are",
    ),
    "an age marked as a count": ("int64 amount", "int64 age", "Sample.age: is called as personal data are"),
    "a password that is no secret": (
        "string said = 1 [(parley.options.v1.data) = DATA_MESSAGE]",
        "string password = 1 [(parley.options.v1.data) = DATA_CALL]",
        "Sample.password: is called as a secret is",
    ),
    "a request that names a tenant": (
        "message GetSampleRequest {",
        "message GetSampleRequest {\n  string tenant_id = 2 [(parley.options.v1.data) = DATA_ID];",
        "GetSampleRequest.tenant_id: lets a request name a tenant",
    ),
    "a tenant deep inside a frame": (
        "int32 depth = 1",
        "string tenant_id = 2 [(parley.options.v1.data) = DATA_ID];\n    int32 depth = 1",
        "Sample.Inner.tenant_id: lets a request name a tenant",
    ),
}


def compiled(folder: Path, text: str) -> rules.Contract:
    """Compiles a sample contract on top of the real options."""
    file = folder / "parley" / "sample" / "v1" / "sample.proto"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return rules.Contract(compiler.describe(folder, compiler.PROTOS))


def test_a_sound_contract_passes(tmp_path: Path) -> None:
    assert rules.complaints(compiled(tmp_path, SOUND), {}) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_named(breach: str, tmp_path: Path) -> None:
    before, after, complaint = BREACHES[breach]
    assert SOUND.count(before) == 1
    found = rules.complaints(compiled(tmp_path, SOUND.replace(before, after)), {})
    assert any(complaint in line for line in found), found


def test_a_breach_stops_the_build(tmp_path: Path) -> None:
    file = tmp_path / "parley" / "sample" / "v1" / "sample.proto"
    file.parent.mkdir(parents=True)
    file.write_text(SOUND.replace("string said = 1 [(parley.options.v1.data) = DATA_MESSAGE]", "string said = 1"))
    with pytest.raises(SystemExit, match=r"Sample\.said: has no privacy option\. Say what it is"):
        compiler.judge(compiler.describe(tmp_path, compiler.PROTOS), {})


def test_a_second_rpc_cannot_take_a_route(tmp_path: Path) -> None:
    twin = """
service TwinService {
  rpc GetTwin(GetTwinRequest) returns (GetTwinResponse) {
    option (google.api.http) = {get: "/v1/samples/{twin_id}"};
    option (parley.options.v1.access) = {callers: CALLER_OPERATOR purpose: PURPOSE_ESSENTIAL_SERVICE};
  }
}
message GetTwinRequest {
  string twin_id = 1 [(parley.options.v1.data) = DATA_ID];
}
message GetTwinResponse {}
"""
    found = rules.complaints(compiled(tmp_path, SOUND + twin), {})
    assert len(found) == 1
    assert "TwinService.GetTwin: has the route of parley.sample.v1.SampleService.GetSample" in found[0]


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (
            "PURPOSE_FUNCTIONAL_SERVICE_MONITORING = 6;",
            "PURPOSE_MARKETING_ADVERTISING = 6;",
            "is a purpose of advertising, marketing",
        ),
        ("PURPOSE_FUNCTIONAL_SERVICE_MONITORING = 6;", "PURPOSE_TRAIN_AI_SYSTEM = 6;", "is a purpose of train"),
        ("PURPOSE_FUNCTIONAL_SERVICE_MONITORING = 6;", "PURPOSE_SELL_DATA = 6;", "is a purpose of sell"),
    ],
)
def test_no_purpose_sells_markets_or_trains(before: str, after: str, complaint: str, tmp_path: Path) -> None:
    found = rules.complaints(with_options(tmp_path, "access.proto", before, after), {})
    assert any(complaint in line for line in found), found


def test_a_preset_says_all_that_a_rule_says(tmp_path: Path) -> None:
    before = "    erasure: ERASURE_NULLIFY\n    audiences: [AUDIENCE_SUBJECT, AUDIENCE_ADMIN]\n"
    found = rules.complaints(with_options(tmp_path, "privacy.proto", before, ""), {})
    assert [line.split(": ")[1][:25] for line in found] == ["is personal and has no er", "is personal and has no au"]


def with_options(folder: Path, name: str, before: str, after: str) -> rules.Contract:
    """Compiles the options alone, with one of their files changed."""
    target = folder / "parley" / "options" / "v1"
    target.mkdir(parents=True)
    for source in (compiler.PROTOS / "parley" / "options" / "v1").glob("*.proto"):
        text = source.read_text()
        if source.name == name:
            assert before in text
            text = text.replace(before, after, 1)
        (target / source.name).write_text(text)
    return rules.Contract(compiler.describe(folder))
