"""`upskill import git` on small real repositories of every habit, and on broken ones."""

import csv
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from upskill import data
from upskill.data.sources import changes, commits, git, people, releases, write
from upskill.data.sources.cli import import_command

DAY = 86_400
START = 1_700_000_000  # 2023-11-14 22:13:20 UTC


class Repository:
    """A repository to be written day by day; days may be fractions."""

    def __init__(self, path, branch="main"):
        self.path = Path(path)
        self.path.mkdir(parents=True)
        self.git("init", "-q", "-b", branch)
        self.count = 0

    def git(self, *arguments, day=0.0, authored=None, author="Ada Example <ada@example.org>", stdin=None):
        name, _, email = author.rstrip(">").partition(" <")
        days = (day if authored is None else authored, day)
        written, landed = (f"{int(START + DAY * one)} +0000" for one in days)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.path.parent), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": written,
            "GIT_COMMITTER_NAME": "Web", "GIT_COMMITTER_EMAIL": "web@example.org",
            "GIT_COMMITTER_DATE": landed}
        done = subprocess.run(["git", "-C", str(self.path), *arguments], env=environment, input=stdin,
                              capture_output=True, check=True)
        return done.stdout.decode(errors="replace").strip()

    def commit(self, message, day, lines=1, file=None, **options):
        self.count += 1
        path = self.path / (file or f"file{self.count}.txt")
        path.write_text("line\n" * lines)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, day=day, **options)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch, message, day):
        self.git("merge", "-q", "--no-ff", "-m", message, branch, day=day)
        return self.git("rev-parse", "HEAD")

    def branch(self, name, start="HEAD"):
        self.git("checkout", "-q", "-b", name, start)

    def checkout(self, name):
        self.git("checkout", "-q", name)

    def tag(self, name, day):
        self.git("tag", "-a", "-m", "release", name, day=day)

    def raw_commit(self, author, committed, message="raw"):
        """Commit with bytes that `git commit` would refuse."""
        tree, parent = self.git("rev-parse", "HEAD^{tree}"), self.git("rev-parse", "HEAD")
        text = f"tree {tree}\nparent {parent}\n".encode() + b"author " + author + b"\n"
        text += f"committer Web <web@example.org> {committed} +0000\n\n{message}\n".encode()
        sha = self.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)
        self.git("update-ref", "HEAD", sha)
        return sha


@pytest.fixture
def key(tmp_path):
    return tmp_path / "custodian" / "person.key"


@pytest.fixture
def run(key):
    """Run the command; returns (exit status, output)."""
    def call(*arguments):
        result = CliRunner().invoke(import_command, ["git", *map(str, arguments), "--key-file", str(key)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output
    return call


def rows(folder, table):
    with open(Path(folder, f"{table}.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_id(folder, table="pull_requests", key="pull_request_id"):
    return {row[key]: row for row in rows(folder, table)}


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def at(day):
    from upskill.data.sources.git_tables import iso
    return iso(int(START + DAY * day))


def clone(option, source, target, *more):
    subprocess.run(["git", "clone", "-q", option, *more, f"file://{source}", str(target)], check=True,
                   capture_output=True)


def merging(path):
    """Pull requests by merge commit, two releases, a third on the way."""
    repository = Repository(path)
    repository.commit("start", 0)
    repository.branch("topic")
    repository.commit("one", 1, lines=3, author="Bob <bob@example.org>")
    repository.commit("two", 2, lines=4, author="Bob <bob@example.org>")
    repository.checkout("main")
    repository.commit("direct", 3)
    repository.merge("topic", "Merge pull request #7 from bob/topic\n\nA topic", 5)
    repository.tag("v1.0.0", 6)
    repository.commit("later", 8)
    repository.tag("v1.1.0", 90)
    repository.commit("latest", 95)
    return repository


def squashing(path):
    """Pull requests squashed on the web: author date = commit date."""
    repository = Repository(path)
    repository.commit("start", 0)
    repository.commit("Add a thing (#1)\n\n* this\n* This reverts commit 0123456789abcdef", 1)
    repository.commit("Add a part (#2)", 4, authored=2)
    repository.tag("v0.1.0", 5)
    repository.commit('Revert "Add a thing (#1)" (#3)', 6)
    repository.tag("v0.2.0", 8)
    return repository


def test_merge_commits_become_changes_with_their_branch_and_release(tmp_path, run):
    merging(tmp_path / "shop")
    status, output = run(tmp_path / "shop", "--into", tmp_path / "out")
    assert status == 0, output
    change = by_id(tmp_path / "out")["7"]
    assert (change["created_at"], change["first_commit_at"]) == (at(1), at(1))
    assert (change["merged_at"], change["deployed_at"]) == (at(5), at(6))
    assert (change["additions"], change["deletions"]) == ("7", "0")
    assert (change["repository"], change["team"], change["landed_as"]) == ("shop", "shop", "merge")
    assert [row["landed_as"] for row in rows(tmp_path / "out", "pull_requests")] == [
        "direct", "direct", "merge", "direct", "direct"]
    assert [row["deployed_at"] for row in rows(tmp_path / "out", "pull_requests")] == [
        at(6), at(6), at(6), at(90), ""]
    first, second = rows(tmp_path / "out", "deployments")
    assert (first["deployment_id"], first["finished_at"]) == ("shop:v1.0.0", at(6))
    assert first["first_commit_at"] == at(0)
    assert (second["first_commit_at"], second["needed_intervention"]) == (at(8), "false")
    assert "merge commits 20 %" in output
    assert len(rows(tmp_path / "out", "people")) == 2


def test_the_import_reads_without_a_fault(tmp_path, run):
    merging(tmp_path / "shop")
    squashing(tmp_path / "till")
    status, output = run(tmp_path / "shop", tmp_path / "till", "--into", tmp_path / "out")
    assert status == 0, output
    program = data.read_program(tmp_path / "out", strict=True)
    assert program.faults == ()
    assert program.settings.minimum_group_size == 5
    assert set(program["pull_requests"]["team"]) == {"shop", "till"} == set(program["people"]["team"])


def test_squashes_say_that_their_first_commit_is_lost(tmp_path, run):
    squashing(tmp_path / "till")
    _, output = run(tmp_path / "till", "--into", tmp_path / "out")
    found = by_id(tmp_path / "out")
    assert found["1"]["first_commit_at"] == ""
    assert (found["1"]["created_at"], found["1"]["merged_at"]) == (at(1), at(1))
    assert (found["2"]["first_commit_at"], found["2"]["merged_at"]) == (at(2), at(4))
    assert found["1"]["is_revert"] == "false", "a revert within a squashed branch is of its own work"
    assert found["3"]["is_revert"] == "true"
    assert 'squash "(#N)" 75 %' in output
    record = yaml.safe_load((tmp_path / "out" / "provenance.yml").read_text())["repositories"]["till"]
    assert record["landed_as"] == {"merge": 0, "squash": 3, "direct": 1}
    assert record["repaired"]["first_commit_lost"] == 2


def test_a_released_change_that_is_undone_is_a_failure(tmp_path, run):
    squashing(tmp_path / "till")
    run(tmp_path / "till", "--into", tmp_path / "out")
    (incident,) = rows(tmp_path / "out", "incidents")
    assert (incident["started_at"], incident["resolved_at"]) == (at(5), at(8))
    assert incident["rule"] == "revert of a released change"
    failed, mending = rows(tmp_path / "out", "deployments")
    assert (failed["needed_intervention"], failed["is_rework"]) == ("true", "false")
    assert (mending["needed_intervention"], mending["is_rework"]) == ("false", "true")


def test_a_revert_by_sha_before_the_release_is_no_failure(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    bad = repository.commit("bad", 0)
    repository.commit(f"Undo\n\nThis reverts commit {bad}.", 1)
    repository.tag("v1.0", 2)
    worse = repository.commit("worse", 3)
    repository.tag("v2.0", 4)
    repository.commit(f"Undo again\n\nThis reverts commit {worse[:12]}.", 50)
    run(repository.path, "--into", tmp_path / "out")
    assert not (tmp_path / "out" / "incidents.csv").exists()
    reverts = [row["is_revert"] for row in rows(tmp_path / "out", "pull_requests")]
    assert reverts == ["false", "true", "false", "true"]
    run(repository.path, "--into", tmp_path / "out", "--revert-days", 60)
    (incident,) = rows(tmp_path / "out", "incidents")
    assert incident["deployment_id"] == "shop:v2.0"
    assert incident["resolved_at"] == "", "no release mends it yet"


def test_quick_patches_mend_and_slow_ones_do_not(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    for day, name in ((0, "1.0.0"), (3, "1.0.1"), (40, "1.0.2"), (41, "2.0.0"), (42, "1.0.3"),
                      (43, "2.1.0rc1"), (60, "2.1.0"), (61, "3.0b1"), (62, "joss_paper")):
        repository.commit(name, day)
        repository.tag(name, day)
    run(repository.path, "--into", tmp_path / "out")
    found = {row["deployment_id"].split(":")[1]: row for row in rows(tmp_path / "out", "deployments")}
    assert list(found) == ["1.0.0", "1.0.1", "1.0.2", "2.0.0", "1.0.3", "2.1.0", "3.0b1"]
    assert [name for name, row in found.items() if row["needed_intervention"] == "true"] == ["1.0.0", "1.0.2"]
    assert [name for name, row in found.items() if row["is_rework"] == "true"] == ["1.0.1", "1.0.3"]
    run(repository.path, "--into", tmp_path / "other", "--tags", "joss.*")
    assert [row["deployment_id"] for row in rows(tmp_path / "other", "deployments")] == ["shop:joss_paper"]


def test_a_second_tag_on_a_released_commit_is_left_out_and_counted(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    repository.tag("1.0.0", 1)
    repository.tag("v1.0.0", 2)
    status, output = run(repository.path, "--into", tmp_path / "out")
    assert status == 0 and "left out: 1 tags that brought no new commit" in output
    assert [row["deployment_id"] for row in rows(tmp_path / "out", "deployments")] == ["shop:1.0.0"]


def test_a_stable_branch_joined_into_main_gives_its_own_changes(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    repository.branch("stable")
    repository.branch("fix")
    repository.commit("mend", 1, author="Bob <bob@example.org>")
    repository.checkout("stable")
    repository.merge("fix", "Merge pull request #4 from bob/fix", 2)
    repository.commit("release 1.0.1", 3)
    repository.tag("1.0.1", 3)
    repository.checkout("main")
    repository.commit("feature", 4)
    repository.merge("stable", "Merge branch 'stable'", 10)
    run(repository.path, "--into", tmp_path / "out")
    found = rows(tmp_path / "out", "pull_requests")
    assert [row["merged_at"] for row in found] == [at(0), at(2), at(3), at(4)]
    assert [row["deployed_at"] for row in found] == [at(3), at(3), at(3), ""]


def test_bots_are_left_out_or_marked(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    robot = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
    repository.commit("Bump (#1)", 1, author=robot)
    repository.branch("update")
    repository.commit("[pre-commit.ci] update", 2, author="pre-commit-ci <ci@example.org>")
    repository.checkout("main")
    repository.merge("update", "Merge pull request #2 from x/update", 3)
    _, output = run(repository.path, "--into", tmp_path / "out")
    assert len(rows(tmp_path / "out", "pull_requests")) == 1
    assert "2 changes by bots" in output
    run(repository.path, "--into", tmp_path / "kept", "--keep-bots")
    assert [row["is_bot"] for row in rows(tmp_path / "kept", "pull_requests")] == ["false", "true", "true"]
    assert len(rows(tmp_path / "kept", "people")) == 1


def test_broken_clocks_zones_and_letters_are_repaired_and_counted(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    repository.raw_commit(b"Zo\xeb <zoe@example.org> %d +51800" % START, START + DAY)
    repository.raw_commit(b"Zo\xe9 <zo\xe9@example.org> 0 +0000", START + 2 * DAY)
    repository.commit("written tomorrow", 3, authored=4)
    repository.raw_commit(b"Ada <ada@example.org> 1700000000 +0000", START * 40, "from the future")
    status, output = run(repository.path, "--into", tmp_path / "out")
    assert status == 0, output
    found = rows(tmp_path / "out", "pull_requests")
    assert [row["merged_at"] for row in found] == [at(0), at(1), at(2), at(3)]
    assert [row["created_at"] for row in found] == [at(0), at(0), at(2), at(3)]
    record = yaml.safe_load((tmp_path / "out" / "provenance.yml").read_text())["repositories"]["shop"]
    assert record["repaired"] == {"author_after_commit": 1, "bad_author_dates": 1, "bad_commit_dates": 1}
    assert record["left_out"] == {"changes_without_date": 1}
    assert len({row["author_id"] for row in found}) == 3
    assert data.read_program(tmp_path / "out", strict=True).faults == ()


def test_no_name_address_or_message_is_written(tmp_path, run):
    merging(tmp_path / "shop")
    _, output = run(tmp_path / "shop", "--into", tmp_path / "out")
    everything = b"".join(bytes_of(tmp_path / "out").values()).lower() + output.encode().lower()
    # The ids are hexadecimal: "ada" may stand inside one by chance.
    everything = re.sub(rb"[0-9a-f]{12,}", b"", everything)
    for secret in (b"bob", b"ada", b"example.org", b"topic", b"direct,x", b"latest\n"):
        assert secret not in everything


def test_running_twice_changes_nothing_and_later_runs_update(tmp_path, run):
    repository = merging(tmp_path / "shop")
    run(repository.path, "--into", tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    _, output = run(repository.path, "--into", tmp_path / "out")
    assert "nothing changed" in output
    assert bytes_of(tmp_path / "out") == before
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == times
    repository.commit("new", 100)
    repository.tag("v1.2.0", 101)
    _, output = run(repository.path, "--into", tmp_path / "out")
    assert "pull_requests: 1 new, 1 restated, 0 gone" in output, "the new one, and the one released now"
    run(repository.path, "--into", tmp_path / "fresh")
    updated = bytes_of(tmp_path / "out")
    log = updated.pop("restatements.log").decode().splitlines()
    assert [line.split("\t")[2:] for line in log[1:]] == [["pull_requests", log[1].split("\t")[3], "deployed_at", "", "2024-02-23T22:13:20Z"]]
    assert bytes_of(tmp_path / "fresh") == updated


def test_repositories_one_by_one_give_the_same_as_together(tmp_path, run):
    shop, till = merging(tmp_path / "shop"), squashing(tmp_path / "till")
    run(shop.path, till.path, "--into", tmp_path / "together")
    run(shop.path, "--into", tmp_path / "apart")
    run(till.path, "--into", tmp_path / "apart")
    together, apart = bytes_of(tmp_path / "together"), bytes_of(tmp_path / "apart")
    assert together.pop("program.yml") != apart.pop("program.yml"), "made once, then the user's"
    assert together == apart


def test_the_users_settings_people_and_rows_stay(tmp_path, run):
    out = tmp_path / "out"
    out.mkdir()
    (out / "program.yml").write_text("name: Ours\ncurrency: EUR\n")
    (out / "people.csv").write_text("person_id,team,role\nx1,platform,developer\n")
    (out / "deployments.csv").write_text(
        "deployment_id,team,finished_at,status\nd1,platform,2024-01-01T00:00:00Z,failure\n")
    merging(tmp_path / "shop")
    _, output = run(tmp_path / "shop", "--into", out)
    assert (out / "program.yml").read_text() == "name: Ours\ncurrency: EUR\n"
    assert len(rows(out, "people")) == 1
    assert "has no team shop" in output
    assert [row["status"] for row in rows(out, "deployments")] == ["failure", "success", "success"]
    run(tmp_path / "shop", "--into", out, "--team", "platform")
    assert data.read_program(out, strict=True).faults == ()


def test_columns_added_to_imported_people_stay(tmp_path, run):
    merging(tmp_path / "shop")
    run(tmp_path / "shop", "--into", tmp_path / "out")
    path = tmp_path / "out" / "people.csv"
    text = path.read_text().replace("role\n", "role,seniority\n").replace("developer\n", "lead,senior\n")
    path.write_text(text)
    run(tmp_path / "shop", "--into", tmp_path / "out")
    found = rows(tmp_path / "out", "people")
    assert {(row["role"], row["seniority"]) for row in found} == {("lead", "senior")}


def test_a_shallow_clone_says_what_it_cannot_know(tmp_path, run):
    merging(tmp_path / "shop")
    clone("--depth=2", tmp_path / "shop", tmp_path / "edge")
    status, output = run(tmp_path / "edge", "--into", tmp_path / "out")
    assert status == 0, output
    assert "this clone is shallow" in output
    assert "1 changes at the edge of a shallow clone" in output
    (change,) = rows(tmp_path / "out", "pull_requests")
    assert (change["merged_at"], change["repository"]) == (at(95), "shop")
    assert [row["first_commit_at"] for row in rows(tmp_path / "out", "deployments")] == [""]


def test_a_clone_without_its_files_gives_changes_without_line_counts(tmp_path, run):
    repository = merging(tmp_path / "shop")
    repository.git("config", "uploadpack.allowFilter", "true")
    clone("--filter=blob:none", repository.path, tmp_path / "thin.git", "--bare")
    status, output = run(f"thin={tmp_path / 'thin.git'}", "--into", tmp_path / "out")
    assert status == 0, output
    assert "5 changes without line counts" in output
    assert {row["additions"] for row in rows(tmp_path / "out", "pull_requests")} == {""}
    assert data.read_program(tmp_path / "out", strict=True).faults == ()


def test_a_damaged_repository_does_not_pass_for_a_short_history(tmp_path, run):
    repository = merging(tmp_path / "shop")
    sha = repository.git("rev-parse", "HEAD~2")
    lost = repository.path / ".git" / "objects" / sha[:2] / sha[2:]
    lost.unlink()
    status, output = run(repository.path, "--into", tmp_path / "out")
    assert status == 1
    assert "shop: git " in output and " failed: fatal: " in output
    assert not (tmp_path / "out").exists()


def test_a_missing_file_costs_the_line_counts_of_its_changes_only(tmp_path, run):
    repository = merging(tmp_path / "shop")
    sha = repository.git("rev-parse", "HEAD:file5.txt")
    repository.commit("changes it", 96, file="file5.txt", lines=9)
    (repository.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    status, output = run(repository.path, "--into", tmp_path / "out")
    assert (status, "changes without line counts" in output) == (0, True), output
    found = {row["merged_at"]: row["additions"] for row in rows(tmp_path / "out", "pull_requests")}
    assert len(found) == 6 and found[at(96)] == "" and set(found.values()) > {""}


def test_a_thin_clone_counts_the_lines_of_files_that_it_has(tmp_path, run):
    repository = merging(tmp_path / "shop")
    repository.git("config", "uploadpack.allowFilter", "true")
    clone("--filter=blob:none", repository.path, tmp_path / "thin")  # with a work tree: the files of its tip are there
    status, output = run(f"thin={tmp_path / 'thin'}", "--into", tmp_path / "out")
    assert status == 0, output
    found = [row["additions"] for row in rows(tmp_path / "out", "pull_requests")]
    assert 0 < found.count("") < len(found) or "without line counts" not in output


def test_bare_detached_and_named_branches(tmp_path, run):
    repository = merging(tmp_path / "shop")
    repository.branch("side", "HEAD~1")
    repository.commit("only here", 97)
    repository.git("checkout", "-q", "--detach", "HEAD")
    _, output = run(repository.path, "--into", tmp_path / "out")
    assert output.startswith("shop: main, ")
    assert at(97) not in {row["merged_at"] for row in rows(tmp_path / "out", "pull_requests")}
    run(repository.path, "--into", tmp_path / "side", "--branch", "side")
    assert at(97) in {row["merged_at"] for row in rows(tmp_path / "side", "pull_requests")}
    clone("--quiet", repository.path, tmp_path / "bare.git", "--bare")
    run(f"shop={tmp_path / 'bare.git'}", "--branch", "main", "--into", tmp_path / "bare")
    assert bytes_of(tmp_path / "bare") == bytes_of(tmp_path / "out")


def test_since_leaves_out_what_landed_before(tmp_path, run):
    merging(tmp_path / "shop")
    run(tmp_path / "shop", "--into", tmp_path / "out", "--since", "2023-12-01")
    assert [row["merged_at"] for row in rows(tmp_path / "out", "pull_requests")] == [at(95)]
    assert [row["finished_at"] for row in rows(tmp_path / "out", "deployments")] == [at(90)]


def test_every_wrong_repository_is_named_and_nothing_is_written(tmp_path, run):
    Repository(tmp_path / "empty")
    merging(tmp_path / "shop")
    (tmp_path / "shop" / "inner").mkdir()
    status, output = run(tmp_path / "shop", tmp_path / "missing", tmp_path / "shop" / "inner",
                         "--into", tmp_path / "out")
    assert status == 1
    assert "missing: no such folder" in output
    assert "is a folder inside the repository" in output
    status, output = run(tmp_path / "shop", tmp_path / "empty", "--into", tmp_path / "out")
    assert (status, "has no commits" in output) == (1, True)
    status, output = run(tmp_path / "shop", tmp_path / "shop", "--into", tmp_path / "out")
    assert (status, "a second repository named 'shop'" in output) == (1, True)
    assert not (tmp_path / "out").exists()


def test_identities_join_the_logins_of_one_person(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    for day, author in enumerate(("Ada <Ada@Example.org>", "ada <12+ada-l@users.noreply.github.com>",
                                  "ada <ada-l@users.noreply.github.com>", "A <ada@home.example>")):
        repository.commit("work", day, author=author)
    run(repository.path, "--into", tmp_path / "apart")
    assert len(rows(tmp_path / "apart", "people")) == 3
    identities = tmp_path / "identities.csv"
    identities.write_text("login,canonical\nada-l,ada@example.org\nADA@home.example,ada@example.org\n")
    run(repository.path, "--into", tmp_path / "out", "--identities", identities)
    (person,) = rows(tmp_path / "out", "people")
    assert person["person_id"] in {row["person_id"] for row in rows(tmp_path / "apart", "people")}
    identities.write_text("a,b@x.org\na,c@x.org\nonly\n")
    status, output = run(repository.path, "--into", tmp_path / "no", "--identities", identities)
    assert status == 1
    assert "row 2" in output and "row 3" in output


def test_a_mailmap_joins_addresses(tmp_path, run):
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    (repository.path / ".mailmap").write_text("Ada <ada@example.org> <old@example.org>\n")
    repository.commit("map", 1)
    repository.commit("old", 2, author="Ada <old@example.org>")
    run(repository.path, "--into", tmp_path / "out")
    assert len(rows(tmp_path / "out", "people")) == 1


def test_the_key_is_the_owners_alone_and_stays(tmp_path, run, key):
    merging(tmp_path / "shop")
    run(tmp_path / "shop", "--into", tmp_path / "out")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes().strip() not in b"".join(bytes_of(tmp_path / "out").values())
    key.chmod(0o644)
    status, output = run(tmp_path / "shop", "--into", tmp_path / "out")
    assert (status, "chmod 600" in output) == (1, True)
    key.unlink()
    status, output = run(tmp_path / "shop", "--into", tmp_path / "out")
    assert (status, "was made with another key" in output) == (1, True)


def test_the_key_must_lie_outside_the_program(tmp_path):
    with pytest.raises(git.SourceError, match="outside the program folder"):
        people.read_key(tmp_path / "out" / "person.key", outside=tmp_path / "out")
    (tmp_path / "short.key").touch(mode=0o600)
    with pytest.raises(git.SourceError, match="64 hexadecimal digits"):
        people.read_key(tmp_path / "short.key")


def test_the_id_is_the_keyed_hash_of_the_address():
    import hashlib
    import hmac
    expected = hmac.new(b"key", b"ada@example.org", hashlib.sha256).hexdigest()[:16]
    assert people.Pseudonyms(b"key").person_id("Ada", " ADA@example.org ") == "p" + expected


@pytest.mark.parametrize(("name", "email", "expected"), [
    ("dependabot[bot]", "support@github.com", True), ("pre-commit-ci", "x@y.org", True),
    ("release-bot", "r@x.org", True), ("Abbot Costello", "abbot@x.org", False), ("Talbot", "bot@x.org", True),
    ("Ada", "ada@renovated.example", False), ("Renovate", "x@y.org", True)])
def test_the_rule_for_bots(name, email, expected):
    assert people.is_bot(name, email) is expected


@pytest.mark.parametrize(("name", "series", "is_final"), [
    ("v1.2.3", ("", (1, 2)), True), ("1.2rc1", ("", (1, 2)), False), ("pkg/v2.0.0", ("pkg/", (2, 0)), True),
    ("21.4b0", ("", (21, 4)), False), ("release-3.1.4", ("release-", (3, 1)), True),
    ("v7", ("", (7, 0)), True)])
def test_versions_are_read_from_tags(name, series, is_final):
    version = releases.read_version(name)
    assert (version.series, version.is_final) == (series, is_final)


@pytest.mark.parametrize("name", ["latest", "1.2.x", "joss_paper", "backup-20200101", "nightly"])
def test_other_tags_are_no_versions(name):
    assert releases.read_version(name) is None


def test_nothing_is_half_written(tmp_path, monkeypatch):
    write.write_files(tmp_path, {"a.csv": "old\n", "b.csv": "old\n"})
    with pytest.raises(AttributeError):
        write.write_files(tmp_path, {"a.csv": "new\n", "b.csv": None})
    assert bytes_of(tmp_path) == {"a.csv": b"old\n", "b.csv": b"old\n"}


def test_a_table_in_another_form_is_not_doubled(tmp_path, run):
    merging(tmp_path / "shop")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "pull_requests.parquet").write_bytes(b"")
    status, output = run(tmp_path / "shop", "--into", tmp_path / "out")
    assert (status, "holds pull_requests already" in output) == (1, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pull_requests.parquet"]


def test_teams_that_share_all_their_people_are_refused(tmp_path, run):
    one, two = Repository(tmp_path / "one"), Repository(tmp_path / "two")
    one.commit("a", 0)
    two.commit("b", 1)
    status, output = run(one.path, two.path, "--into", tmp_path / "out")
    assert (status, "join them with --team" in output) == (1, True)
    status, output = run(one.path, two.path, "--into", tmp_path / "out", "--team", "platform")
    assert status == 0, output


def test_line_counts_are_those_of_git_diff(tmp_path):
    repository = merging(tmp_path / "shop")
    merge = repository.git("rev-parse", "HEAD~2")
    root = repository.git("rev-list", "--max-parents=0", "HEAD")
    assert git.count_lines(repository.path, [merge, root]) == {merge: (7, 0), root: (1, 0)}
    assert git.count_lines(repository.path, []) == {}


@pytest.mark.parametrize(("message", "number", "is_revert"), [
    ("Merge pull request #12 from a/b\n\nTitle", "12", False),
    ('Merge pull request #12 from a/b\n\nRevert "x"', "12", True),
    ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request group/shop!34", "34", False),
    ("Merge branch 'x' into 'main'\n\nRevert \"y\"\n\nSee merge request group/shop!34", "34", True),
    ("Merged in topic (pull request #5)\n\nTitle", "5", False),
    ("Title (#77)", "77", False), ('Revert "Title (#77)"', "", True), ("Mention #77 only", "", False),
    ("Reverting is hard", "", False)])
def test_what_messages_say(message, number, is_revert):
    commit = commits.read_commit([b"a", b"", b"1", b"1", b"n", b"e", message.encode()])
    assert (commit.number, commit.is_revert) == (number, is_revert)


def test_every_commit_counts_once(tmp_path):
    """A history of two lines that merge each other again and again: no commit is lost or counted twice."""
    repository = Repository(tmp_path / "shop")
    repository.commit("start", 0)
    repository.branch("stable")
    for turn in range(1, 9):
        repository.checkout("stable")
        repository.commit(f"Mend (#{turn})", turn)
        repository.branch(f"topic{turn}", "main")
        repository.commit("work", turn + 0.1)
        repository.checkout("main")
        repository.merge(f"topic{turn}", f"Merge pull request #{100 + turn} from a/topic", turn + 0.2)
        repository.merge("stable", "Merge branch 'stable'", turn + 0.3)
    history = git.read_history(repository.path)
    found, left_out = changes.find_changes(history, people.is_bot)
    assert [change.landed_as for change in found] == ["direct", *(["squash", "merge"] * 8)]
    assert left_out == {}
    assert all(change.created <= change.merged for change in found)
