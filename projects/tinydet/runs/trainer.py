"""One run from config to recorded result, going on from whatever an interruption left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.runs.claim import Claim
from tinydet.runs.commands import TOOLS, Command, Launcher
from tinydet.runs.measured import Measured, last_log, last_validation, main_evaluator, measure
from tinydet.runs.plan import Run
from tinydet.runs.process import RunFailed, call
from tinydet.runs.provenance import git_commit
from tinydet.runs.record import result_of
from tinydet.runs.training_state import (
    TrainingState,
    fingerprint,
    newest_checkpoint,
    prepare_resume,
    read_state,
)
from tinydet.tables.results import ResultStore


@dataclass
class Trainer:
    """Train, test, weigh and record runs.

    Attributes:
        configs: Folder of the configs.
        work: Folder of the work folders.
        store: Where results are recorded.
        launcher: Builds the command lines.
    """

    configs: Path
    work: Path
    store: ResultStore
    launcher: Launcher

    def is_recorded(self, run: Run) -> bool:
        return self.store.has(run.config, run.options_text, run.seed)

    def stage(self, run: Run) -> str:
        """Say where a run stands, changing nothing."""
        folder = run.folder(self.work)
        if self.is_recorded(run):
            return "recorded"
        newest = newest_checkpoint(folder)
        if newest is None:
            return "to be trained"
        state = read_state(folder)
        trained = state is not None and state.trained == newest.name
        return f"{'trained' if trained else 'to be continued'}: {newest.name}"

    def training(self, run: Run) -> Command | None:
        """Return the command that trains what is left of a run, ``None`` if nothing is.

        Raises:
            InputError: A config that cannot be used, or a folder that holds another training.
        """
        if self.is_recorded(run):
            return None
        config, folder = self._config(run), run.folder(self.work)
        state, newest = self._state(run, config, folder), newest_checkpoint(folder)
        if newest is not None and state.trained == newest.name:
            return None
        return self._training(run, config, folder, resume=newest is not None)

    def carry_out(self, run: Run, claim: Claim) -> None:
        """Do what is left of a run.

        Args:
            run: What to do.
            claim: Taken for its work folder.

        Raises:
            InputError: A config that cannot be used, or a folder that holds another training.
            RunFailed: A tool ended with an error.
        """
        config = self._config(run)
        folder = run.folder(self.work)
        state = self._train(run, config, folder, claim)
        measured = self._test(run, config, folder, claim)
        card = self._weigh(run, folder, claim)
        self.store.record(result_of(run, config, folder, state, measured, card))

    def _config(self, run: Run) -> Config:
        config = load_config(self.configs / run.config, run.parsed_options())
        main_evaluator(config)  # else it is only found unreadable after days of training
        return config

    def _state(self, run: Run, config: Config, folder: Path) -> TrainingState:
        wanted = TrainingState(
            run.config, run.options_text, fingerprint(config), self.launcher.gpus
        )
        state = read_state(folder) or wanted
        state.check_same(wanted, folder)
        return state

    def _train(self, run: Run, config: Config, folder: Path, claim: Claim) -> TrainingState:
        state = self._state(run, config, folder)
        newest = newest_checkpoint(folder)
        if newest is not None and state.trained == newest.name:
            return state
        commit = git_commit(TOOLS.parent)
        if commit and commit not in state.commits:
            state.commits.append(commit)
        resume = prepare_resume(folder)
        state.save(folder)
        command = self._training(run, config, folder, resume)
        call("training", command, folder / "train.out", claim)
        newest = newest_checkpoint(folder)
        if newest is None:
            raise RunFailed(f"training left no checkpoint in {folder}")
        state.trained = newest.name
        state.save(folder)
        return state

    def _training(self, run: Run, config: Config, folder: Path, resume: bool) -> Command:
        options = ["--resume"] * resume + ["--auto-scale-lr"] * ("auto_scale_lr" in config)
        changes = [f"randomness.seed={run.seed}", *_keep_two(config), *run.options]
        return self.launcher.train(
            self.configs / run.config, folder, *options, "--cfg-options", *changes
        )

    def _test(self, run: Run, config: Config, folder: Path, claim: Claim) -> Measured:
        if validated := last_validation(config, folder):
            print("  tested already: by the validation at the end of the training", flush=True)
            return measure(config, validated)
        options = ["--cfg-options", *run.options] if run.options else []
        # The last checkpoint, not the best: which one is best was found on the test set.
        checkpoint = newest_checkpoint(folder)
        command = self.launcher.test(
            self.configs / run.config, checkpoint, folder / "test", *options
        )
        call("testing", command, folder / "test.out", claim)
        return measure(config, last_log(folder / "test"))

    def _weigh(self, run: Run, folder: Path, claim: Claim) -> dict:
        """Return parameters and operations; nothing where it fails."""
        out = folder / "complexity.json"
        if not out.is_file():
            options = ["--cfg-options", *run.options] if run.options else []
            command = self.launcher.weigh(self.configs / run.config, out, *options)
            try:
                call("weighing", command, folder / "complexity.out", claim)
            except RunFailed as error:
                print(f"  {error}; the cells of parameters and FLOPs stay empty", flush=True)
                return {}
        return json.loads(out.read_text())


def _keep_two(config: Config) -> list[str]:
    """Keep one checkpoint more where the config keeps a single one.

    mmengine deletes the old one before it writes the new one, so a kill in between loses both.
    """
    hook = config.get("default_hooks", {}).get("checkpoint") or {}
    return ["default_hooks.checkpoint.max_keep_ckpts=2"] * (hook.get("max_keep_ckpts") == 1)
