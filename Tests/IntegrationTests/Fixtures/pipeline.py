"""Runs the scripts of a CI configuration as the service would, one job after the other.

    pipeline.py github|gitlab FILE PROJECT FOLDER < SETTINGS

PROJECT is a git repository, FOLDER gets a folder for each job and what it keeps. SETTINGS is JSON:
`cupel` the executable, `store` a store with a rootfs, `tag` whether a tag is built, `variables` and
`secrets`; `afterBuild` a shell script that is run where the build job's files are kept, before any
other job gets them. Of what services do themselves there is as much as the scripts need: a checkout, a cache
(which stands for the store), files handed from job to job. Installing cupel is replaced by putting
the executable into PATH; everything else is run as it is written.

Prints the steps with their statuses and output, and each job's summary.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml


class Runner:
    def __init__(self, project, folder, settings):
        self.project, self.folder, self.settings = project, folder, settings
        self.steps, self.summaries, self.failed = [], {}, set()
        tools = folder / "bin"
        tools.mkdir()
        (tools / "cupel").symlink_to(settings["cupel"])
        self.path = f"{tools}:/usr/bin:/bin"
        command = ["git", "-C", project, "rev-parse", "HEAD"]
        self.commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def environment(self, job):
        home = self.folder / f"{job}-home"
        home.mkdir()
        return {"PATH": self.path, "HOME": str(home), "CI": "true", "LANG": "C.UTF-8"}

    def checkout(self, place):
        subprocess.run(["git", "clone", "-q", self.project, place], check=True, timeout=60)

    def note(self, job, name, status, output=""):
        self.steps.append({"job": job, "name": name, "status": status, "output": output})
        if status:
            self.failed.add(job)

    def after(self, job, kept):
        if job == "build":
            subprocess.run(["sh", "-ec", self.settings["afterBuild"]], cwd=kept, check=True, timeout=60)

    def run(self, job, name, script, shell, environment, place):
        file = self.folder / "script"
        file.write_text(script)
        end = subprocess.run(
            [*shell, file], cwd=place, env=environment, timeout=300, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.note(job, name, end.returncode, end.stdout)

    # GitHub

    def github(self, document):
        for job, contents in document["jobs"].items():
            needs = contents.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            condition = contents.get("if", "")
            if not self.holds(condition, bool(self.failed & set(needs))):
                self.failed.add(job)
                continue
            self.github_job(job, contents, document.get("env", {}))

    def holds(self, condition, has_failed):
        if has_failed and "!cancelled()" not in condition:
            return False
        return self.settings["tag"] or "refs/tags/" not in condition

    def github_job(self, job, contents, variables):
        place, temporary = self.folder / job, self.folder / f"{job}-temp"
        place.mkdir()
        temporary.mkdir()
        summary = self.folder / f"{job}-summary.md"
        environment = self.environment(job) | {
            "GITHUB_ACTIONS": "true", "GITHUB_SHA": self.commit, "RUNNER_TEMP": str(temporary),
            "GITHUB_WORKSPACE": str(place), "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(self.folder / f"{job}-output"),
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "example/tiny",
            "GITHUB_WORKFLOW_REF": "example/tiny/.github/workflows/cupel.yml@refs/tags/v1",
            "RUNNER_OS": "Linux",
        }
        context = {"runner.temp": str(temporary), "runner.os": "Linux"}
        context |= {f"vars.{key}": value for key, value in self.settings["variables"].items()}
        context |= {f"secrets.{key}": value for key, value in self.settings["secrets"].items()}

        def given(values):
            def value(found):
                expression = found[1].strip()
                if expression.startswith(("hashFiles(", "startsWith(")):
                    return expression
                return context[expression]

            return {
                key: re.sub(r"\$\{\{(.*?)\}\}", value, str(text)) for key, text in values.items()
            }

        for step in contents["steps"]:
            name = step["name"]
            if not self.holds(step.get("if", ""), job in self.failed):
                continue
            if "uses" in step:
                action = step["uses"].split("@")[0]
                done = self.act(action, given(step.get("with", {})), place, environment)
                self.note(job, f"{name}: {action}", 0 if done else 1)
            elif name == "Install cupel":
                continue
            else:
                if "${{" in step["run"]:
                    raise SystemExit(f"{name}: a script must not be written by others")
                own = given(variables) | given(step.get("env", {}))
                self.run(job, name, step["run"], ["bash", "-e"], environment | own, place)
        self.after(job, self.folder / "kept")
        if summary.exists():
            self.summaries[job] = summary.read_text()

    def act(self, action, given, place, environment):
        kept = self.folder / "kept"
        if action == "actions/checkout":
            shutil.rmtree(place)
            self.checkout(place)
        elif action == "actions/cache":
            environment["CUPEL_STORE"] = self.settings["store"]
        elif action == "actions/upload-artifact":
            source, target = place / given["path"], kept / given["name"]
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                target.mkdir(parents=True)
                shutil.copy(source, target)
            return source.exists()
        elif action == "actions/download-artifact":
            shutil.copytree(kept / given["name"], place / given["path"], dirs_exist_ok=True)
            for file in (place / given["path"]).rglob("*"):
                if file.is_file():
                    file.chmod(0o644)
        elif action == "github/codeql-action/upload-sarif":
            return json.loads((place / given["sarif_file"]).read_text())["version"] == "2.1.0"
        else:
            raise SystemExit(f"{action} is not known here")
        return True

    # GitLab

    def gitlab(self, document):
        jobs = {
            name: document.get(job.get("extends"), {}) | job
            for name, job in document.items() if isinstance(job, dict) and "script" in job
        }
        for stage in document["stages"]:
            for name, job in jobs.items():
                if job["stage"] == stage:
                    self.gitlab_job(name, job, document["variables"])

    def gitlab_job(self, name, job, variables):
        is_wanted = self.settings["tag"] or "$CI_COMMIT_TAG" not in str(job.get("rules", ""))
        if not is_wanted or self.failed & set(job.get("needs", [])):
            self.failed.add(name)
            return
        place = self.folder / name
        variables = variables | job.get("variables", {})
        if variables.get("GIT_STRATEGY") == "empty":
            place.mkdir()
        else:
            self.checkout(place)
        for other in job.get("needs", []):
            kept = self.folder / "kept" / other
            if kept.exists():
                shutil.copytree(kept, place, dirs_exist_ok=True)
        environment = self.environment(name) | {
            "CI_PROJECT_DIR": str(place), "CI_COMMIT_SHA": self.commit, "GITLAB_CI": "true",
            "CI_PROJECT_URL": "https://gitlab.com/example/tiny",
        }
        if self.settings["tag"]:
            environment["CI_COMMIT_TAG"] = "v1"
        for key, value in variables.items():
            environment[key] = value.replace("$CI_PROJECT_DIR", str(place))
        if "cache" in job:
            environment["CUPEL_STORE"] = self.settings["store"]
        environment |= self.settings["variables"]
        if "environment" in job:
            file = self.folder / "CUPEL_KEY"
            file.write_text(self.settings["secrets"]["CUPEL_KEY"])
            environment |= self.settings["secrets"] | {"CUPEL_KEY": str(file)}
        # As the runner does it: each entry a line, the first that fails ends the job.
        self.run(name, name, "\n".join(job["script"]), ["bash", "-eo", "pipefail"], environment, place)
        artifacts = job.get("artifacts", {})
        if name in self.failed and artifacts.get("when") != "always":
            return
        for path in artifacts.get("paths", []):
            source, target = place / path, self.folder / "kept" / name / path
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        self.after(name, self.folder / "kept" / name)


if __name__ == "__main__":
    kind, file, project, folder = sys.argv[1:]
    runner = Runner(project, pathlib.Path(folder), json.load(sys.stdin))
    with open(file, encoding="utf-8") as text:
        getattr(runner, kind)(yaml.safe_load(text))
    print(json.dumps({"steps": runner.steps, "summaries": runner.summaries}))
